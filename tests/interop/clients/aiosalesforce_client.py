"""aiosalesforce as its README shows it: a client by client credentials, and all records of a query."""

import asyncio
import os

from aiosalesforce import ClientCredentialsFlow, Salesforce
from httpx import AsyncClient


async def main() -> None:
    async with AsyncClient() as client:
        org = Salesforce(
            client,
            base_url=os.environ["SEASONPROOF_ORG_URL"],
            auth=ClientCredentialsFlow(
                client_id=os.environ["SEASONPROOF_CLIENT_ID"],
                client_secret=os.environ["SEASONPROOF_CLIENT_SECRET"],
            ),
            version="65.0",
        )
        async for _ in org.query("SELECT Id, Name FROM Account"):
            pass


asyncio.run(main())
