import greeting


def handler(event, context):
    return {"greeting": greeting.WORDS, "name": event["name"]}
