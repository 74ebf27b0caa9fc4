"""simple-salesforce as its README shows it: a session, and all pages of a query."""

import os

from simple_salesforce import Salesforce

org = Salesforce(instance_url=os.environ["SEASONPROOF_ORG_URL"], session_id=os.environ["SEASONPROOF_ACCESS_TOKEN"])
org.query_all("SELECT Id, Name FROM Account")
