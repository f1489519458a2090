import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Runs DynamoDB Local, which has no option for its address, on 127.0.0.1 and a free port. Prints the port; ends when its input does.
 *
 * <p>Run from source: java -cp DynamoDBLocal.jar:DynamoDBLocal_lib/* LoopbackDynamoDB.java
 */
public final class LoopbackDynamoDB {
  private LoopbackDynamoDB() {}

  public static void main(String[] arguments) throws Exception {
    DynamoDBProxyServer local =
        ServerRunner.createServerFromCommandLineArgs(new String[] {"-inMemory", "-disableTelemetry"});
    Field held = DynamoDBProxyServer.class.getDeclaredField("server");
    held.setAccessible(true);
    ServerConnector door = (ServerConnector) ((Server) held.get(local)).getConnectors()[0];
    door.setHost("127.0.0.1");
    door.setPort(0);
    local.safeStart();
    System.out.println("port " + door.getLocalPort());
    while (System.in.read() >= 0) {}
    // What was left open must not keep the process.
    Runtime.getRuntime().halt(0);
  }
}
