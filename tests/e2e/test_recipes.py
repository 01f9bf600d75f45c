# SPDX-License-Identifier: Apache-2.0
"""docs/recipes: each page is a whole migration. Its files are written as they stand there, it is run, and
what it says of the result and of what is refused must be so."""
import concurrent.futures
import re

from conftest import ROOT, thinned

FILE = re.compile(r"^`([^`\n]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSED = re.compile(r"^Refused\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(page for page in (ROOT / "docs" / "recipes").glob("*.md") if page.name != "README.md")


def refusals(wherry, folder):
    log = wherry("log", "recipe.yaml", "--rejected", "--json", cwd=folder).expect(0).ndjson()
    return "".join(f"{entry['key']}: {entry['failure']['message']}\n" for entry in log)


def run(wherry, workspace, page):
    """What differs from what the page says; empty: nothing."""
    text = page.read_text()
    files = dict(FILE.findall(text))
    results = {name: files.pop(name) for name in list(files) if name.startswith("out/")}
    folder = workspace / page.stem
    for name, content in files.items():
        workspace.write(f"{page.stem}/{name}", content.encode())
    refused = "".join(REFUSED.findall(text))
    wherry("run", "recipe.yaml", cwd=folder).expect(1 if refused else 0)
    found = {name: (folder / name).read_text() for name in results}
    if refused:
        found["refused"], results["refused"] = refusals(wherry, folder), refused
    return {} if found == results and results else {page.name: (found, results)}


def test_every_recipe_does_what_its_page_says(wherry, workspace):
    pages = thinned([(page,) for page in PAGES], lambda page: PAGES.index(page) % 4 == 0)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(lambda page: run(wherry, workspace, page[0]), pages))
    assert [outcome for outcome in outcomes if outcome] == []


def test_the_index_has_every_recipe():
    index = (ROOT / "docs" / "recipes" / "README.md").read_text()
    assert len(PAGES) >= 25
    assert sorted(re.findall(r"\]\(([^)]+)\)", index)) == [page.name for page in PAGES]
