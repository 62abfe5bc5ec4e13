"""Calls a function by boto3 and prints what comes, a line of JSON each: endpoint, operation, parameters as JSON."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def tell(name, value):
    print(json.dumps({name: value}), flush=True)


endpoint, operation, parameters = sys.argv[1:]
client = boto3.client(
    "lambda",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",
    config=Config(retries={"total_max_attempts": 1}),
)
try:
    answer = getattr(client, operation)(**json.loads(parameters))
except ClientError as error:
    tell("refused", {"class": type(error).__name__, **error.response["Error"]})
    sys.exit()

del answer["ResponseMetadata"]
stream = answer.pop("EventStream", None)
if "Payload" in answer:
    answer["Payload"] = answer["Payload"].read().decode()
tell("answer", answer)
for event in stream or ():
    if "PayloadChunk" in event:
        tell("chunk", event["PayloadChunk"]["Payload"].decode())
    if "InvokeComplete" in event:
        tell("complete", event["InvokeComplete"])
