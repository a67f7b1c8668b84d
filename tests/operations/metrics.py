"""Read the metrics as a monitor does."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a token that only the monitor knows"


async def scraped(http: httpx.AsyncClient) -> dict[str, float]:
    """Every sample by its name, with its labels' values behind it, in the order of the labels' names."""
    answer = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
