"""The documentation builds as a site: strictly, whole, and with nothing from other hosts."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pages

BINARY = os.environ["FANIN_BINARY"]
SKIPPED = 77
# What a browser loads by itself: tags, and the attribute that holds the address.
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href"}


class Reader(HTMLParser):
    """Gathers what a page loads and links to, and the places in it."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        # Links with a relation such as "canonical" name pages, they load nothing.
        if tag in LOADED and (tag != "link" or values.get("rel") in ("stylesheet", "icon", "preload", "preconnect")):
            self.loads.append(values.get(LOADED[tag]) or "")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="fanin_site_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        # --strict: a warning, such as one of a broken link or of a page that is in no menu, fails the build.
        build = [pages.ROOT / "scripts/docs.sh", BINARY, cls.folder]
        process = subprocess.run(build, capture_output=True, text=True, timeout=300)
        if process.returncode != 0:
            raise AssertionError(process.stdout + process.stderr)
        cls.site = cls.folder / "site"
        cls.read = {page: Reader(page.read_text(encoding="utf-8")) for page in cls.site.rglob("*.html")}

    def text(self, name):
        return (self.site / name).read_text(encoding="utf-8")

    def test_every_page_of_the_documentation_is_there(self):
        for page in pages.pages()[1:]:
            name = str(page.relative_to(pages.ROOT / "docs"))
            html = name.replace("README.md", "index.html").removesuffix(".md") + ("" if "README" in name else ".html")
            self.assertTrue((self.site / html).is_file(), html)

    def test_nothing_is_loaded_from_other_hosts(self):
        loads = [(page.name, address) for page, reader in self.read.items() for address in reader.loads]
        self.assertGreater(len(loads), 100)
        self.assertEqual([load for load in loads if urlsplit(load[1]).netloc], [])

    def test_every_link_within_the_site_leads_somewhere(self):
        broken = []
        for page, reader in self.read.items():
            for link in reader.links:
                parts = urlsplit(link)
                if parts.scheme or parts.netloc or page.name == "404.html":
                    continue
                target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                if target.is_dir():
                    target /= "index.html"
                place = unquote(parts.fragment)
                known = self.read[target].ids if target in self.read else set()
                if not target.exists() or (place and not place.startswith("__") and place not in known):
                    broken.append(f"{page.relative_to(self.site)}: {link}")
        self.assertEqual(broken, [])

    def test_names_of_pages_are_links(self):
        self.assertIn('href="web.html"', self.text("tutorial.html"))
        self.assertIn('href="../debugging.html"', self.text("howto/debug.html"))

    def test_the_command_line_is_whole(self):
        text = self.text("reference/cli.html")
        told = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
        names = re.findall(r"^  ([a-z]+) {2,}", told.split("Subcommands:")[1], re.MULTILINE)
        self.assertGreater(len(names), 12)
        for name in [*names, "context debug", "repo delete"]:
            self.assertRegex(text, rf"<h2[^>]*>fanin {name}<")

    def test_the_rpcs_are_whole(self):
        text = self.text("reference/rpc.html")
        protos = "".join(proto.read_text() for proto in (pages.ROOT / "proto/fanin").rglob("*.proto"))
        methods = re.findall(r"^  rpc (\w+)\(", protos, re.MULTILINE)
        messages = re.findall(r"^message (\w+)", protos, re.MULTILINE)
        self.assertGreater(min(len(methods), len(messages)), 15)
        for name in [*methods, *messages]:
            self.assertRegex(text, rf"<h3[^>]*>{name}<")
        self.assertIn("errors of all methods: invalid_argument", " ".join(text.lower().split()))

    def test_the_python_package_is_whole(self):
        text = self.text("reference/python.html")
        for name in ("client.Fanin.local", "async_client.AsyncFanin.search", "calls.search", "errors.NotFoundError"):
            self.assertIn(f'id="fanin.{name}"', text)


if __name__ == "__main__":
    if not (Path(os.environ["FANIN_CACHE"]) / "docs-venv/bin/mkdocs").exists():
        print("skipped: MkDocs is missing, scripts/setup.sh --docs installs it")
        sys.exit(SKIPPED)
    unittest.main()
