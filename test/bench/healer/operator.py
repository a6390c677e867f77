"""The peer of nifi-healer: a kopf operator that asks NiFi what the healer asks.

It is kept as lean as kopf allows: one TLS context and one session with kept
connections for all clusters, no timers, which would write finalizers, and
aiohttp, which kopf has loaded anyway.
"""

import asyncio
import os
import random
import ssl

import aiohttp
import kopf

INTERVAL = 10
DIR = os.environ["BENCH_DIR"]
tasks = {}


@kopf.on.startup()
async def start(memo, settings, **_):
    settings.posting.enabled = False
    settings.scanning.disabled = True
    context = ssl.create_default_context(cafile=f"{DIR}/ca.crt")
    context.load_cert_chain(f"{DIR}/client.crt", f"{DIR}/client.key")
    memo.session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=90),
        timeout=aiohttp.ClientTimeout(total=8),
    )


@kopf.on.cleanup()
async def stop(memo, **_):
    for task in tasks.values():
        task.cancel()
    await memo.session.close()


@kopf.on.event("apps", "v1", "statefulsets", labels={"app.kubernetes.io/name": "nifi"})
async def changed(type, name, namespace, spec, memo, logger, **_):
    old = tasks.pop((namespace, name), None)
    if old:
        old.cancel()
    if type != "DELETED":
        addresses = [f"{name}-{i}.{spec['serviceName']}.{namespace}.svc.cluster.local" for i in range(spec["replicas"])]
        tasks[namespace, name] = asyncio.create_task(watch(memo.session, name, addresses, logger))


async def watch(session, name, addresses, logger):
    known = None
    while True:
        state = await look(session, addresses)
        if state != known:
            known = state
            logger.info(f"{name}: {state}")
        await asyncio.sleep(INTERVAL * random.uniform(0.95, 1.05))


async def look(session, addresses):
    """What the coordinator says of each node, and if one is out, what each believes."""
    try:
        cluster = await ask(session, addresses[0], "/controller/cluster")
    except Exception as error:
        return await believed(session, addresses), repr(error)
    nodes = sorted((node["address"], node["status"]) for node in cluster["cluster"]["nodes"])
    if len(nodes) == len(addresses) and all(status == "CONNECTED" for _, status in nodes):
        return nodes
    return await believed(session, addresses), nodes


async def believed(session, addresses):
    summaries = await asyncio.gather(
        *(ask(session, address, "/flow/cluster/summary") for address in addresses), return_exceptions=True
    )
    return [not isinstance(s, Exception) and s["clusterSummary"]["connectedToCluster"] for s in summaries]


async def ask(session, address, path):
    async with session.get(f"https://{address}:8443/nifi-api{path}") as response:
        response.raise_for_status()
        return await response.json()
