"""The isolation proof: nothing in a synthesized template leads out of the twin, and every IAM statement stays inside it.

    identity    which stack this is, whose, between which accounts: what the template says of itself, or the caller
    template    one template as a value; values: what its intrinsics stand for
    grammar     what a value may be; shapes*: every property of every resource type that is known to be safe
    grants      the IAM statements in a template, with where they stand; own: what belongs to whom
    reach       the question itself: is there an action and an ARN that is allowed and not one's own?
    rules/      one rule a module, each with what it asks for, why, and how to mend what breaks it
    prove       all rules over all templates; report: what they found

Closed world: what is not known to be safe is a violation. Pure; files are read by the command line and by `local`.
"""
