"""An object store of AWS in memory, which looks at signatures, with one bucket and one user. Says its keys and address.

It runs in an environment of its own, with moto and boto3.
"""

import json
import os
import sys
import threading

ACTIONS = 4  # the calls below, which nobody has signed yet
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = str(ACTIONS)

import boto3  # noqa: E402 # moto reads the number when it is loaded
from moto.server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
options = {"endpoint_url": address, "region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
iam = boto3.client("iam", **options)
iam.create_user(UserName="files")
keys = iam.create_access_key(UserName="files")["AccessKey"]
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="files", PolicyName="files", PolicyDocument=json.dumps(everything))
boto3.client("s3", **options).create_bucket(Bucket="files")
sys.stdout.write(f"{address} {keys['AccessKeyId']} {keys['SecretAccessKey']}\n")
sys.stdout.flush()
threading.Event().wait()
