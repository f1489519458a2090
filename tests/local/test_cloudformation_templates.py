"""CloudFormation of the embedded AWS: intrinsic functions, conditions, parameters, rules, exports, forms of a template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.cloud import Cloud, StackView, outputs, parameter, refusal, template, unique

pytestmark = pytest.mark.engine


class TestTemplates:
    def value(self, cloud: Cloud, value: Any, **sections: Any) -> str:
        """What a value of a template comes to, seen through an output."""
        stack = cloud.deploy({"P": parameter("v")}, Outputs=outputs(Value=value), **sections)
        return stack.outputs["Value"]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}, "a-us-east-1"),
            ({"Fn::Sub": "${AWS::AccountId}:${P.Value}:${!Literal}"}, "222222222222:v:${Literal}"),
            ({"Fn::Sub": ["${x}-${P.Type}", {"x": {"Ref": "AWS::Partition"}}]}, "aws-String"),
            ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b,c"]}]}, "b"),
            ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
            ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Small"]}, "1"),
            ({"Fn::If": ["Yes", "then", "else"]}, "then"),
            ({"Fn::If": ["No", "then", "else"]}, "else"),
            ({"Fn::Base64": "text"}, "dGV4dA=="),
            ({"Fn::ToJsonString": {"a": [1, {"Ref": "AWS::NoValue"}]}}, '{"a":[1]}'),
        ],
    )
    def test_intrinsic_functions(self, cloud: Cloud, value: Any, expected: str) -> None:
        conditions = {"Yes": {"Fn::Equals": [True, "true"]}, "No": {"Fn::Or": [{"Fn::Not": [{"Condition": "Yes"}]}]}}
        mappings = {"Sizes": {"us-east-1": {"Small": "1"}}}

        assert self.value(cloud, value, Conditions=conditions, Mappings=mappings) == expected

    def test_a_resource_whose_condition_is_false_is_not_made(self, cloud: Cloud) -> None:
        conditions = {"No": {"Fn::Equals": ["a", "b"]}}

        stack = cloud.deploy({"P": parameter(), "Q": parameter(Condition="No")}, Conditions=conditions)

        assert set(stack.resources) == {"P"}

    def test_yaml_with_short_forms(self, cloud: Cloud) -> None:
        name = unique()
        body = """
        Resources:
          P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub "${AWS::Region}"}}
        Outputs:
          Value: {Value: !GetAtt P.Value}
        """

        cloud.formation.create_stack(StackName=name, TemplateBody=body)

        assert StackView(cloud, name).outputs == {"Value": "us-east-1"}

    def test_a_template_in_s3_by_either_kind_of_url(self, cloud: Cloud) -> None:
        store = unique("templates")
        cloud.client("s3").create_bucket(Bucket=store)
        cloud.client("s3").put_object(Bucket=store, Key="a/t.json", Body=template({"P": parameter()}))

        for url in (
            f"{cloud.engine.endpoint}/{store}/a/t.json",
            f"https://{store}.s3.us-east-1.amazonaws.com/a/t.json",
            f"https://s3.us-east-1.amazonaws.com/{store}/a/t.json",
        ):
            name = unique()
            cloud.formation.create_stack(StackName=name, TemplateURL=url)
            assert StackView(cloud, name).status == "CREATE_COMPLETE"

    def test_parameters_are_checked(self, cloud: Cloud) -> None:
        declared = {"Size": {"Type": "String", "AllowedValues": ["s", "m"]}, "Must": {"Type": "Number"}}
        body = template({"P": parameter({"Ref": "Size"})}, Parameters=declared)

        def told(**values: str) -> str:
            given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
            return refusal(cloud.formation.create_stack, StackName=unique(), TemplateBody=body, Parameters=given)[1]

        assert "[Must] must have values" in told(Size="s")
        assert "AllowedValues" in told(Size="x", Must="1")
        assert "must be a number" in told(Size="s", Must="one")
        assert "[Other] do not exist" in told(Size="s", Must="1", Other="")

    def test_a_value_kept_by_an_update_is_the_name_of_an_ssm_parameter_not_what_it_resolved_to(
        self, cloud: Cloud
    ) -> None:
        source, name = unique("/source/"), unique()
        cloud.client("ssm").put_parameter(Name=source, Type="String", Value="1")
        declared = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>"}}
        body = {"P": parameter({"Ref": "Version"})}
        given = [{"ParameterKey": "Version", "ParameterValue": source}]
        cloud.formation.create_stack(StackName=name, TemplateBody=template(body, Parameters=declared), Parameters=given)
        cloud.client("ssm").put_parameter(Name=source, Type="String", Value="2", Overwrite=True)

        kept = [{"ParameterKey": "Version", "UsePreviousValue": True}]
        cloud.formation.update_stack(StackName=name, TemplateBody=template(body, Parameters=declared), Parameters=kept)

        stack = StackView(cloud, name)
        assert cloud.client("ssm").get_parameter(Name=stack.id_of("P"))["Parameter"]["Value"] == "2"
        assert stack.told["Parameters"] == [{"ParameterKey": "Version", "ParameterValue": source, "ResolvedValue": "2"}]

    def test_rules_are_checked(self, cloud: Cloud) -> None:
        rule = {
            "Assertions": [
                {"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "V"}]}]}, "AssertDescription": "too old"}
            ]
        }
        sections = {"Parameters": {"V": {"Type": "String", "Default": "2"}}, "Rules": {"Old": rule}}

        assert (
            "too old"
            in refusal(
                cloud.formation.create_stack, StackName=unique(), TemplateBody=template({"P": parameter()}, **sections)
            )[1]
        )

    def test_an_export_is_imported_by_another_stack(self, cloud: Cloud) -> None:
        export = unique("export")
        cloud.deploy(
            {"P": parameter("shared")},
            Outputs={"V": {"Value": {"Fn::GetAtt": ["P", "Value"]}, "Export": {"Name": export}}},
        )

        stack = cloud.deploy({"P": parameter({"Fn::ImportValue": export})})

        assert cloud.client("ssm").get_parameter(Name=stack.id_of("P"))["Parameter"]["Value"] == "shared"
        assert export in {one["Name"] for one in cloud.formation.list_exports()["Exports"]}
