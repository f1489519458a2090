"""Buckets, queues, topics, rules, keys, repositories, flow logs: what a template says is what the services have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.cloud import FOR_THE_ACCOUNT, ROLE, VPC, Cloud, parameter, resource, unique

pytestmark = pytest.mark.engine


class TestOthers:
    def test_settings_of_a_bucket(self, cloud: Cloud) -> None:
        block = dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        )
        properties = {
            "PublicAccessBlockConfiguration": block,
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 7}]},
        }
        policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": FOR_THE_ACCOUNT}
        stack = cloud.deploy(
            {"Bucket": resource("AWS::S3::Bucket", properties), "Policy": resource("AWS::S3::BucketPolicy", policy)}
        )
        s3, name = cloud.client("s3"), stack.id_of("Bucket")

        assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == block
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]
        assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"] == {"Days": 7}
        assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == FOR_THE_ACCOUNT

        assert stack.update({"Bucket": resource("AWS::S3::Bucket")}) == "UPDATE_COMPLETE", stack.failures
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
        for operation in (
            s3.get_public_access_block,
            s3.get_bucket_policy,
            s3.get_bucket_lifecycle_configuration,
            s3.get_bucket_ownership_controls,
        ):
            with pytest.raises(s3.exceptions.ClientError):
                operation(Bucket=name)
        assert stack.delete() == "DELETE_COMPLETE"

    def test_queues_topics_and_their_policies(self, cloud: Cloud) -> None:
        def resources(timeout: int) -> dict[str, Any]:
            redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
            return {
                "Dead": resource("AWS::SQS::Queue"),
                "Queue": resource("AWS::SQS::Queue", {"VisibilityTimeout": timeout, "RedrivePolicy": redrive}),
                "QueuePolicy": resource(
                    "AWS::SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}], "PolicyDocument": FOR_THE_ACCOUNT}
                ),
                "Topic": resource(
                    "AWS::SNS::Topic",
                    {
                        "DisplayName": f"after {timeout}",
                        "Subscription": [{"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}],
                    },
                ),
                "TopicPolicy": resource(
                    "AWS::SNS::TopicPolicy", {"Topics": [{"Ref": "Topic"}], "PolicyDocument": FOR_THE_ACCOUNT}
                ),
            }

        stack = cloud.deploy(resources(40))
        sqs, sns, ids = cloud.client("sqs"), cloud.client("sns"), stack.resources
        assert stack.update(resources(50)) == "UPDATE_COMPLETE", stack.failures
        attributes = sqs.get_queue_attributes(QueueUrl=ids["Queue"], AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "50"
        assert json.loads(attributes["Policy"]) == FOR_THE_ACCOUNT
        assert "deadLetterTargetArn" in attributes["RedrivePolicy"]
        topic = sns.get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
        assert (topic["DisplayName"], json.loads(topic["Policy"])) == ("after 50", FOR_THE_ACCOUNT)
        assert len(sns.list_subscriptions_by_topic(TopicArn=ids["Topic"])["Subscriptions"]) == 1
        assert stack.delete() == "DELETE_COMPLETE"

    def test_rules_keys_and_repositories(self, cloud: Cloud) -> None:
        def resources(pattern: str) -> dict[str, Any]:
            target = {"Id": "q", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "Input": '{"a": 1}'}
            return {
                "Queue": resource("AWS::SQS::Queue"),
                "Rule": resource(
                    "AWS::Events::Rule",
                    {"EventPattern": {"source": [pattern]}, "State": "ENABLED", "Targets": [target]},
                ),
                "Schedule": resource("AWS::Events::Rule", {"ScheduleExpression": "rate(1 hour)", "Targets": [target]}),
                "Key": resource(
                    "AWS::KMS::Key", {"KeyPolicy": FOR_THE_ACCOUNT, "EnableKeyRotation": True, "Description": pattern}
                ),
                "Alias": resource("AWS::KMS::Alias", {"AliasName": f"alias/{name}", "TargetKeyId": {"Ref": "Key"}}),
                "Images": resource(
                    "AWS::ECR::Repository", {"RepositoryPolicyText": FOR_THE_ACCOUNT, "ImageTagMutability": "IMMUTABLE"}
                ),
            }

        name = unique()
        stack = cloud.deploy(resources("one"))
        events, kms, ids = cloud.client("events"), cloud.client("kms"), stack.resources
        notices = {
            e["LogicalResourceId"]: e["ResourceStatusReason"] for e in stack.events if e.get("ResourceStatusReason")
        }
        assert "never fires" in notices["Schedule"]
        assert kms.get_key_rotation_status(KeyId=ids["Key"])["KeyRotationEnabled"] is True
        assert stack.update(resources("two")) == "UPDATE_COMPLETE", stack.failures
        assert json.loads(events.describe_rule(Name=ids["Rule"])["EventPattern"]) == {"source": ["two"]}
        assert [t["Id"] for t in events.list_targets_by_rule(Rule=ids["Rule"])["Targets"]] == ["q"]
        assert kms.describe_key(KeyId=ids["Key"])["KeyMetadata"]["Description"] == "two"
        assert stack.delete() == "DELETE_COMPLETE"
        assert kms.describe_key(KeyId=ids["Key"])["KeyMetadata"]["KeyState"] == "PendingDeletion"

    def test_a_flow_log_says_that_it_stays_empty(self, cloud: Cloud) -> None:
        flow = {
            "ResourceId": {"Ref": "Vpc"},
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": {"Ref": "Log"},
            "DeliverLogsPermissionArn": {"Fn::GetAtt": ["Role", "Arn"]},
        }
        stack = cloud.deploy(
            {**VPC, "Role": ROLE, "Log": resource("AWS::Logs::LogGroup"), "Flow": resource("AWS::EC2::FlowLog", flow)}
        )

        told = cloud.client("ec2").describe_flow_logs(FlowLogIds=[stack.id_of("Flow")])["FlowLogs"]
        assert told[0]["ResourceId"] == stack.id_of("Vpc")
        assert any("stays empty" in event.get("ResourceStatusReason", "") for event in stack.events)
        assert stack.delete() == "DELETE_COMPLETE"

    def test_cdk_metadata_is_an_entry_of_the_stack_and_nothing_more(self, cloud: Cloud) -> None:
        stack = cloud.deploy(
            {"P": parameter(), "CDKMetadata": resource("AWS::CDK::Metadata", {"Analytics": "v2:deflate64:x"})}
        )

        assert "CDKMetadata" in stack.resources
        assert stack.delete() == "DELETE_COMPLETE"
