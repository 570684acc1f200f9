"""Makes a stack of the translated template in moto, and prints its resources with what they became, as JSON.

Usage: stack.py TEMPLATE.json [realtime], with the Python of tests/.venv/moto. It asks nobody: moto answers within
this process. What moto does not know is left out, with whatever is made of it; and what is there for an account of
Telegram alone, which by default reads nothing: with `realtime`, the task that follows channels is there.
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
    "AWS::SecretsManager::Secret",
}
REGION = "eu-central-1"
# Conditions that do not hold by default, and behind which something is that moto does not know.
OFF = {"ReadsTelegram", "FollowsTelegram", "HasLogin"}


def refers(value, names) -> bool:
    if isinstance(value, dict):
        at = value.get("Fn::GetAtt")
        target = at[0] if isinstance(at, list) else str(at).split(".")[0]
        return value.get("Ref") in names or target in names or any(refers(inner, names) for inner in value.values())
    if isinstance(value, list):
        return any(refers(inner, names) for inner in value)
    return isinstance(value, str) and any("${" + name + "}" in value or "${" + name + "." in value for name in names)


def as_chosen(value, off):
    """Without what is there only where a condition holds that does not."""
    if isinstance(value, list):
        return [as_chosen(inner, off) for inner in value]
    if not isinstance(value, dict):
        return value
    choice = value.get("Fn::If")
    if choice and choice[0] in off:
        return as_chosen(choice[2], off)
    conditional = {name for name, inner in value.items() if isinstance(inner, dict) and inner.get("Condition") in off}
    return {name: as_chosen(inner, off) for name, inner in value.items() if name not in conditional}


def with_secrets_of_a_name(value, secrets):
    """moto makes no secrets of a template: what refers to one gets an address that one might have."""
    if isinstance(value, list):
        return [with_secrets_of_a_name(inner, secrets) for inner in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in secrets:
        return "arn:aws:secretsmanager:" + REGION + ":123456789012:secret:" + value["Ref"]
    return {name: with_secrets_of_a_name(inner, secrets) for name, inner in value.items()}


def network() -> list[dict]:
    """The parameters of the task: a network that there is."""
    ec2 = boto3.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"] for block in ("10.0.0.0/24", "10.0.1.0/24")
    ]
    given = {
        "Realtime": "on",
        "RealtimeSubnets": ",".join(subnets),
        "RealtimeTag": "v1",
        "RealtimeVpc": vpc,
        "TelegramApiId": "12345",
    }
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]


def of_the_task(names: dict) -> dict:
    ecs = boto3.client("ecs", REGION)
    cluster, service = names["RealtimeCluster"], names["ScraperRealtime"]
    return {
        "service": ecs.describe_services(cluster=cluster, services=[service])["services"][0],
        "task": ecs.describe_task_definition(taskDefinition=names["ScraperRealtimeTask"])["taskDefinition"],
        "group": boto3.client("ec2", REGION).describe_security_groups(GroupIds=[names["RealtimeNetwork"]]),
    }


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
    is_realtime = sys.argv[2:] == ["realtime"]
    template = as_chosen(template, OFF - {"FollowsTelegram", "HasLogin"} if is_realtime else OFF)
    secrets = {name for name, it in template["Resources"].items() if it["Type"] == "AWS::SecretsManager::Secret"}
    template = with_secrets_of_a_name(template, secrets)
    # moto 5.2 looks for the tags of a key under another name than CloudFormation has for them, and makes a name for a
    # repository that it then refuses.
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::KMS::Key":
            del resource["Properties"]["Tags"]
        if resource["Type"] == "AWS::ECR::Repository":
            resource["Properties"]["RepositoryName"] = name.lower()
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
        StackName="sigtower",
        TemplateBody=json.dumps(template),
        Parameters=network() if is_realtime else [],
        Capabilities=["CAPABILITY_IAM"],
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
            "realtime": of_the_task(names) if is_realtime else None,
            "table": boto3.client("dynamodb", REGION).describe_table(TableName=names["Table"])["Table"],
        },
        sys.stdout,
        default=str,
        indent=1,
    )


if __name__ == "__main__":
    main()
