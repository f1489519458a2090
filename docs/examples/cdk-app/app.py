"""A platform team's own CDK app, with a twin of production for each pull request: what is of Twinstage is the lines from `twin =` to the parenthesis."""

import aws_cdk as cdk

from twinstage_constructs.isolated_twin import IsolatedTwin
from twinstage_constructs.twin_options import StageCode
from twinstage_constructs.twin_snapshot import TwinSnapshot


class PullRequestTwin(cdk.Stack):
    """The twin of one pull request, in the account that is for twins."""

    def __init__(self, scope: cdk.App, *, run: str, account: str, snapshot: str, store: str, processor: str) -> None:
        super().__init__(scope, f"twin-of-{run}", env=cdk.Environment(account=account, region="us-east-1"))
        twin = IsolatedTwin(
            self, "Twin", run=run, snapshot=TwinSnapshot.from_store(snapshot, store), stages=StageCode.built(processor)
        )
        cdk.CfnOutput(self, "StateMachineArn", value=twin.machine_arn)


app = cdk.App(analytics_reporting=False)
given = {name: app.node.get_context(name) for name in ("run", "account", "snapshot", "store", "processor")}
PullRequestTwin(app, **given)
app.synth()
