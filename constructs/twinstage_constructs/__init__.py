"""CDK building blocks of a digital twin. Import each from its module; any CDK app may use them.

    isolated_twin      all that follows, as one twin of one run: begin here
    twin_options       what it may be given: code of stages, clones, contents, approvals
    twin_snapshot      what a twin is made from, checked
    names              what the things of one run are called
    acknowledge        findings that are meant, each with its reason
    policies, roles    IAM statements as data; a service role with a permissions boundary
    run_boundary       the permissions boundary of everything in a twin
    code_asset         deterministic zips as deployment assets
    isolated_network   a VPC with no way out
    dns_firewall       the names that may be asked for inside it
    identity           what a template says of itself
    twin_zones         private hosted zones with production's names
    twin_health_checks health checks that are always healthy and ask nobody
    twin_tables        DynamoDB tables shaped by the snapshot's manifest, large ones imported from S3
    twin_functions     clones of production's functions, recorded, with withheld environments
    recorder_layer     the layer that records a clone's AWS calls
    lambda_function    a function with its own role and log group
    stage_grants       what each stage may do
    stage_function     the function behind one state of the machine
    ledger             which events of a run were applied
    run_machine        a run's state machine, whatever it does
    rehearsal_machine  the state machine of a rehearsal, from `rehearsal.asl.json`
    pipeline_machine   the state machine of a data product, as its twin runs it
    evidence_store     the bucket that snapshots, runs and reports live in
    sweeper            the function that removes what is left of twins
    run_tags           whose twin this is and how long it may live

They build on level-1 constructs: a synthesis makes few calls into the CDK's Node process, and the template holds what
is written here and nothing else. Imports `twinstage.model` only.
"""
