"""Makes a stack of the translated template in moto, and prints its resources with what they became, as JSON.

Usage: stack.py TEMPLATE.json, with the Python of tests/.venv/moto. It asks nobody: moto answers within
this process. What moto does not know is left out, with whatever is made of it; and what is there for an account of
Telegram alone, which by default reads nothing.
"""

import json
import sys

import boto3
from moto import mock_aws

# Of these moto 5.2 makes nothing, and fails where another resource asks for what became of one.
UNKNOWN = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Budgets::Budget",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
    "AWS::Scheduler::Schedule",
}
REGION = "eu-central-1"
# Conditions that do not hold by default, and behind which something is that moto does not know.
OFF = {"ReadsTelegram"}


def refers(value, names) -> bool:
    if isinstance(value, dict):
        at = value.get("Fn::GetAtt")
        target = at[0] if isinstance(at, list) else str(at).split(".")[0]
        return value.get("Ref") in names or target in names or any(refers(inner, names) for inner in value.values())
    if isinstance(value, list):
        return any(refers(inner, names) for inner in value)
    return isinstance(value, str) and any("${" + name + "}" in value or "${" + name + "." in value for name in names)


def as_by_default(value):
    """Without what is there only where a condition holds that does not."""
    if isinstance(value, list):
        return [as_by_default(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    choice = value.get("Fn::If")
    if choice and choice[0] in OFF:
        return as_by_default(choice[2])
    conditional = {name for name, inner in value.items() if isinstance(inner, dict) and inner.get("Condition") in OFF}
    return {name: as_by_default(inner) for name, inner in value.items() if name not in conditional}


def without_the_unknown(template: dict) -> set[str]:
    resources = template["Resources"]
    gone = {name for name, resource in resources.items() if resource["Type"] in UNKNOWN}
    gone |= {name for name, resource in resources.items() if refers(resource, gone)}
    for name in gone:
        del resources[name]
    outputs = template["Outputs"]
    template["Outputs"] = {name: output for name, output in outputs.items() if not refers(output, gone)}
    return gone


@mock_aws
def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        template = json.load(file)
    whole = set(template["Resources"])
    template = as_by_default(template)
    conditional = whole - set(template["Resources"])
    left_out = without_the_unknown(template)
    # The translated functions lie in a bucket.
    boto3.client("s3", REGION).create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    for folder in ("functions", "scraper"):
        boto3.client("s3", REGION).put_object(Bucket="bucket", Key=folder + "/bootstrap.zip", Body=b"PK")
    stacks = boto3.client("cloudformation", REGION)
    stacks.create_stack(
        StackName="sigtower", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"]
    )
    made = stacks.describe_stack_resources(StackName="sigtower")["StackResources"]
    stack = stacks.describe_stacks(StackName="sigtower")["Stacks"][0]
    functions = boto3.client("lambda", REGION)
    names = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in made}
    json.dump(
        {
            "status": stack["StackStatus"],
            "outputs": {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])},
            "left_out": sorted(left_out),
            "conditional": sorted(conditional),
            "resources": {it["LogicalResourceId"]: [it["ResourceStatus"], it["PhysicalResourceId"]] for it in made},
            "functions": {
                logical: functions.get_function_configuration(FunctionName=names[logical])
                for logical, resource in template["Resources"].items()
                if resource["Type"] == "AWS::Lambda::Function"
            },
            "sources": functions.list_event_source_mappings()["EventSourceMappings"],
            "policies": {
                logical: boto3.client("iam").get_role_policy(RoleName=names[logical], PolicyName="own")["PolicyDocument"]
                for logical, resource in template["Resources"].items()
                if resource["Type"] == "AWS::IAM::Role"
            },
            "table": boto3.client("dynamodb", REGION).describe_table(TableName=names["Table"])["Table"],
        },
        sys.stdout,
        default=str,
        indent=1,
    )


if __name__ == "__main__":
    main()
