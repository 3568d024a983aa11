"""Lists as `gh api --paginate` and `glab api --paginate` do: pages by HTTP, an array for each.

With `ONE_ARRAY` the pages are printed as one, as newer ones do.
"""

import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

TOOL = Path(sys.argv[0]).name
TOKEN = os.environ.get("GH_TOKEN" if TOOL == "gh" else "GITLAB_TOKEN")

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("verb", choices=["api"])
parser.add_argument("--hostname", required=True)
parser.add_argument("--paginate", action="store_true", required=True)
parser.add_argument("endpoint")
given = parser.parse_args()
if TOOL == "gh" and not TOKEN:
    print("To get started with GitHub CLI, please run:  gh auth login", file=sys.stderr)
    sys.exit(4)
pages = []
following = f"{os.environ['STAND_IN']}/{given.endpoint}"
while following:
    asked = urllib.request.Request(following, headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            page, link = answer.read().decode(), answer.headers.get("Link", "")
    except urllib.error.HTTPError as error:
        said = error.read().decode()
        print("".join(pages) + said, end="")
        print(f"{TOOL}: {json.loads(said)['message']} (HTTP {error.code})", file=sys.stderr)
        sys.exit(1)
    pages.append(page)
    found = re.search(r'<([^>]+)>; rel="next"', link)
    following = found[1] if found else ""
if "ONE_ARRAY" in os.environ:
    pages = [json.dumps([each for page in pages for each in json.loads(page)])]
print("".join(pages), end="")
