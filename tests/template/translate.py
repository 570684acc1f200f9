"""Prints the template as CloudFormation gets it: SAM's resources translated, as JSON.

Usage: translate.py TEMPLATE, with the Python of tests/.venv/sam. It asks nobody: the code is taken to lie in a bucket,
as it does once `sam deploy` has put it there.
"""

import json
import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Stands where the names of AWS's own policies would be looked up in an account: the template uses none."""

    def load(self):
        return {}


def main() -> None:
    # The translator wants to know for which partition of AWS it writes; none of the regions in it is another's.
    os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/" + resource["Properties"]["CodeUri"] + "bootstrap.zip"
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
