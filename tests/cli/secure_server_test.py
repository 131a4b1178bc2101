"""`fanin serve --config`: tokens, TLS, roots, reload, logs, metrics. As a caller and an operator see them."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import unittest
from pathlib import Path

import harness
from harness import BAD_DATA, BINARY, NOTHING_FOUND, UNREACHABLE, USAGE
from prometheus_client.parser import text_string_to_metric_families

POLL_SECONDS = 0.05
PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


class ConfiguredServer:
    """`fanin serve --config` on free ports, for a `with` statement. `settings` is TOML without [grpc] and [http]."""

    def __init__(self, test, settings, tail="", log_level="info"):
        self.test = test
        self.config = test.folder / "server.toml"
        self.set(settings, tail, log_level)

    def set(self, settings, tail="", log_level="info"):
        self.config.write_text(
            f'data_dir = "{self.test.data}"\n{settings}\n[grpc]\nlisten = "127.0.0.1:0"\n'
            f'[http]\nlisten = "127.0.0.1:0"\n[log]\nlevel = "{log_level}"\naudit = "audit.jsonl"\n{tail}'
        )

    def __enter__(self):
        self.log_file = self.test.folder / "server.log"
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", str(self.config)], stdout=subprocess.PIPE, stderr=log, text=True
            )
        lines = [self.process.stdout.readline() for _ in range(2)]
        match = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\nopen (https?)://127\.0\.0\.1:(\d+)/\n", "".join(lines))
        if not match:
            self.process.kill()
            self.test.fail(f"serve said {lines}: {self.log()}")
        self.address = f"localhost:{match.group(1)}"
        self.http_port = int(match.group(3))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=harness.COMMAND_SECONDS)
        self.test.assertEqual(self.process.returncode, 0, self.log())

    def log(self):
        return self.log_file.read_text()

    def audit(self):
        return [json.loads(line) for line in (self.test.folder / "audit.jsonl").read_text().splitlines()]

    def reload(self):
        """Sends SIGHUP and returns the line of the log that answers it."""
        seen = len(re.findall("event=reload code=", self.log()))
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + harness.COMMAND_SECONDS
        while time.monotonic() < deadline:
            lines = [line for line in self.log().splitlines() if "event=reload code=" in line]
            if len(lines) > seen:
                return lines[-1]
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"no answer to SIGHUP: {self.log()}")

    def get(self, path, headers=None, context=None):
        """Status, headers, text over HTTP."""
        if context is None:
            connection = http.client.HTTPConnection("localhost", self.http_port, timeout=harness.COMMAND_SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                "localhost", self.http_port, context=context, timeout=harness.COMMAND_SECONDS
            )
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        answer = response.status, response.headers, response.read().decode()
        connection.close()
        return answer


class SecureTest(harness.FaninTest):
    def make_token(self, name, *flags):
        """A token, written into the server's file."""
        outcome = self.run_fanin("token", "new", name, *flags)
        token = outcome.out.strip()
        with (self.folder / "tokens.toml").open("a") as tokens:
            tokens.write(outcome.err[outcome.err.index("[[token]]") :])
        return token

    def remote(self, server, *arguments, token="", **keywords):
        return self.run_fanin(*arguments, "--server", server.address, env={"FANIN_TOKEN": token}, **keywords)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

    def make_certificates(self):
        """ca.pem, and {server,client}.{pem,key} that it signed."""
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        self.openssl(
            "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority"
        )
        for name in ("server", "client"):
            self.sign(name, name)

    def sign(self, name, common_name):
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        (self.folder / "names.cnf").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={common_name}")
        self.openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", f"{name}.pem", "-days", "1", "-extfile", "names.cnf",
        )  # fmt: skip


class Tokens(SecureTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")
        self.index("--quiet", "--name", "other")
        self.all = self.make_token("operator", "--right", "admin")
        self.some = self.make_token("reader", "--repository", "mail*")

    def test_callers_see_and_do_what_their_token_allows(self):
        with ConfiguredServer(self, 'tokens = "tokens.toml"') as server:
            for token in ("", "fanin_0000", self.all[:-1]):
                outcome = self.remote(server, "search", "gray", token=token, code=BAD_DATA)
                self.assert_names(outcome.err, "token")
            self.remote(server, "search", "gray", "--repo", "mailbox", token=self.some)
            outcome = self.remote(server, "search", "gray", "--repo", "other", token=self.some, code=BAD_DATA)
            self.assert_names(outcome.err, "right to read", "other", "reader")
            outcome = self.remote(server, "search", "gray", "--repo", "mailnone", token=self.some, code=BAD_DATA)
            self.assertNotIn("other", outcome.err)
            listed = self.remote(server, "repo", "list", "--json", token=self.some).json
            self.assertEqual([each["name"] for each in listed["repositories"]], ["repositories/mailbox"])
            status = self.remote(server, "status", "--json", token=self.some).json
            self.assertEqual([each["name"] for each in status["repositories"]], ["repositories/mailbox"])
            found = self.remote(server, "search", "gray", "--json", token=self.some).json["results"]
            self.assertEqual({each["node"]["resourceName"].split("/")[1] for each in found}, {"mailbox"})
            self.remote(server, "search", "gray", "--repo", "other", token=self.all)
            self.remote(server, "index", self.rtl, "--no-embed", token=self.some, code=BAD_DATA)
            self.remote(server, "repo", "delete", "mailbox", token=self.some, code=BAD_DATA)
            self.remote(server, "doctor", token=self.some, code=BAD_DATA)
            self.remote(server, "doctor", token=self.all)
            self.remote(server, "repo", "delete", "mailbox", token=self.all)

    def test_http_asks_for_the_same_tokens(self):
        with ConfiguredServer(self, 'tokens = "tokens.toml"') as server:
            status, headers, _ = server.get("/v1/repositories")
            self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
            some = {"Authorization": f"Bearer {self.some}"}
            status, _, text = server.get("/v1/repositories", some)
            self.assertEqual([each["name"] for each in json.loads(text)["repositories"]], ["repositories/mailbox"])
            self.assertEqual(server.get("/v1/repositories/other", some)[0], 403)
            self.assertEqual(server.get("/metrics")[0], 401)
            self.assertEqual(server.get("/metrics", some)[0], 403)
            self.assertEqual(server.get("/metrics", {"Authorization": f"Bearer {self.all}"})[0], 200)

    def test_a_token_file_serves_as_well_and_no_flag_takes_a_token(self):
        secret = self.folder / "secret"
        secret.write_text(self.some + "\n")
        with ConfiguredServer(self, 'tokens = "tokens.toml"') as server:
            self.remote(server, "search", "gray", "--token-file", secret)
        help_text = self.run_fanin("search", "--help").out
        self.assertNotIn("--token ", help_text)

    def test_a_token_does_not_go_over_the_network_in_the_clear(self):
        outcome = self.run_fanin(
            "search", "x", "--server", "192.0.2.1:7411", env={"FANIN_TOKEN": self.all}, code=USAGE
        )  # fmt: skip
        self.assert_names(outcome.err, "--tls-ca")

    def test_a_reload_takes_new_tokens_and_keeps_the_old_ones_when_the_file_is_bad(self):
        with ConfiguredServer(self, 'tokens = "tokens.toml"') as server:
            late = self.make_token("late")
            self.remote(server, "search", "gray", token=late, code=BAD_DATA)
            self.assertIn("code=OK", server.reload())
            self.remote(server, "search", "gray", token=late)
            server.set("rots = []\n")
            line = server.reload()
            self.assert_names(line, "INVALID_ARGUMENT", "server.toml:2", "is it roots?", "kept=old")
            self.remote(server, "search", "gray", token=late)
            server.set("")
            self.assert_names(server.reload(), "cannot be switched off")
            self.remote(server, "search", "gray", token="", code=BAD_DATA)

    def test_logs_hold_who_asked_and_neither_what_nor_tokens(self):
        with ConfiguredServer(self, 'tokens = "tokens.toml"') as server:
            self.remote(server, "search", "wr_ptr_gray", "--repo", "mailbox", token=self.some)
            self.remote(server, "show", "gray_fifo", "--repo", "other", token=self.some, code=BAD_DATA)
            self.remote(server, "search", "gray", token="fanin_wrong", code=BAD_DATA)
            trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            status, headers, _ = server.get(
                "/v1:search?query=wr_ptr_gray",
                {"Authorization": f"Bearer {self.some}", "X-Request-Id": "my-id.1", "Traceparent": trace},
            )
            self.assertEqual((status, headers["X-Request-Id"]), (200, "my-id.1"))
            status, headers, _ = server.get("/v1/repositories", {"X-Request-Id": "bad id\tevent=forged"})
            self.assertRegex(headers["X-Request-Id"], "^[0-9a-f]{16}$")
            log, audit = server.log(), server.audit()
        for text in (log, json.dumps(audit)):
            for secret in (self.all, self.some, "fanin_wrong", "wr_ptr_gray", "always_ff", "forged"):
                self.assertNotIn(secret, text)
        self.assert_names(log, "caller=reader", "request_id=my-id.1", "trace_id=0af7651916cd43dd8448eb211c80319c")
        searched = next(line for line in audit if line["request_id"] == "my-id.1")
        self.assertEqual((searched["caller"], searched["method"], searched["front"]), ("reader", "Search", "http"))
        self.assertEqual((searched["code"], searched["trace_id"]), ("OK", "0af7651916cd43dd8448eb211c80319c"))
        denied = [line for line in audit if line["code"] == "PERMISSION_DENIED"]
        self.assertEqual({(line["caller"], *line["repositories"]) for line in denied}, {("reader", "other")})
        self.assertIn(("", "UNAUTHENTICATED"), {(line["caller"], line["code"]) for line in audit})
        self.assertEqual((self.folder / "audit.jsonl").stat().st_mode & 0o077, 0)


class Tls(SecureTest):
    TLS = '[tls]\ncertificate = "server.pem"\nkey = "server.key"\n'

    def setUp(self):
        super().setUp()
        self.index("--quiet")
        self.make_certificates()

    def test_both_ports_speak_tls_and_read_new_certificates(self):
        with ConfiguredServer(self, "", self.TLS) as server:
            self.run_fanin("search", "gray", "--server", server.address, "--tls-ca", "ca.pem")
            self.run_fanin("search", "gray", "--server", server.address, code=UNREACHABLE)
            context = ssl.create_default_context(cafile=self.folder / "ca.pem")
            self.assertEqual(server.get("/v1/repositories", context=context)[0], 200)
            with self.assertRaises((http.client.HTTPException, OSError)):
                server.get("/v1/repositories")

            def subject():
                connection = ssl.create_default_context(cafile=self.folder / "ca.pem")
                with socket_of(server, connection) as wrapped:
                    return dict(pair for (pair,) in wrapped.getpeercert()["subject"])["commonName"]

            self.assertEqual(subject(), "server")
            self.sign("server", "renewed")
            self.assertIn("code=OK", server.reload())
            self.assertEqual(subject(), "renewed")
            self.run_fanin("search", "gray", "--server", server.address, "--tls-ca", "ca.pem")
            (self.folder / "server.pem").write_text("no certificate")
            self.assert_names(server.reload(), "INVALID_ARGUMENT", "server.pem cannot be read", "kept=old")
            self.assertEqual(subject(), "renewed")

    def test_mutual_tls_asks_for_a_certificate(self):
        with ConfiguredServer(self, "", self.TLS + 'client_ca = "ca.pem"\n') as server:
            ask = ("search", "gray", "--server", server.address, "--tls-ca", "ca.pem")
            self.run_fanin(*ask, code=UNREACHABLE)
            self.run_fanin(*ask, "--tls-cert", "client.pem", "--tls-key", "client.key")
            context = ssl.create_default_context(cafile=self.folder / "ca.pem")
            with self.assertRaises((http.client.HTTPException, OSError)):
                server.get("/v1/repositories", context=context)
            context.load_cert_chain(self.folder / "client.pem", self.folder / "client.key")
            self.assertEqual(server.get("/v1/repositories", context=context)[0], 200)

    def test_a_key_of_another_certificate_is_told_before_it_serves(self):
        config = self.folder / "bad.toml"
        config.write_text('[tls]\ncertificate = "server.pem"\nkey = "client.key"\n')
        outcome = self.run_fanin("serve", "--config", config, code=USAGE)
        self.assert_names(outcome.err, "client.key")


class Serving(SecureTest):
    def test_an_address_beyond_this_machine_needs_a_configuration(self):
        outcome = self.run_fanin("serve", "--listen", "0.0.0.0:0", code=USAGE)
        self.assert_names(outcome.err, "[tls]", "tokens", "roots", "docs/operation.md")
        outcome = self.run_fanin("watch", self.rtl, "--no-embed", "--listen", "0.0.0.0:0", code=USAGE)
        self.assert_names(outcome.err, "serve --config")

    def test_without_tokens_the_log_says_so(self):
        with ConfiguredServer(self, "") as server:
            self.assert_names(server.log(), "event=no_authentication")

    def test_a_unix_socket_is_for_its_user_alone(self):
        self.index("--quiet")
        address = f"unix:{self.folder}/socket"
        process = subprocess.Popen(
            [BINARY, "serve", "--listen", address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=self.environment(),
        )  # fmt: skip
        try:
            self.assertEqual(process.stdout.readline(), f"listening on {address}\n")
            self.assertEqual((self.folder / "socket").stat().st_mode & 0o777, 0o600)
            self.run_fanin("search", "gray", "--server", address)
        finally:
            process.terminate()
            process.communicate(timeout=harness.COMMAND_SECONDS)

    def test_only_roots_are_indexed(self):
        (self.folder / "allowed").mkdir()
        inside = self.folder / "allowed" / "mailbox"
        os.rename(self.rtl, inside)
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "secret.sv").write_text("module secret; endmodule\n")
        (self.folder / "allowed" / "way_out").symlink_to(outside)
        with ConfiguredServer(self, 'roots = ["allowed"]') as server:
            for folder in (
                outside,
                self.folder / "allowed" / "way_out",
                self.folder / "allowed" / ".." / "outside",
                "/",
            ):
                outcome = self.remote(server, "index", folder, "--name", "x", "--no-embed", code=BAD_DATA)
                self.assert_names(outcome.err, "none of the roots")
            self.remote(server, "index", inside, "--no-embed")
            # A folder that is replaced by a link after it was created.
            os.rename(inside, self.folder / "gone")
            inside.symlink_to(outside)
            self.remote(server, "index", inside, "--name", "mailbox", "--no-embed", code=BAD_DATA)
            self.remote(server, "search", "name:secret", code=NOTHING_FOUND)

    def test_a_hostile_repository_reads_nothing_outside_and_stops_nothing(self):
        (self.folder / "allowed").mkdir()
        root = self.folder / "allowed" / "mailbox"
        os.rename(self.rtl, root)
        secret = self.folder / "secret.sv"
        secret.write_text("module TOP_SECRET; endmodule\n")
        (self.folder / "secret.f").write_text("TOP_SECRET_LIST.sv\n")
        (root / "link.sv").symlink_to(secret)
        (root / "relative.sv").symlink_to("../../secret.sv")
        (root / "folder").symlink_to(self.folder)
        os.mkfifo(root / "fifo.sv")
        (root / "fanin.core").symlink_to("/etc/passwd")
        (root / "include.sv").write_text(f'`include "{secret}"\n`include "../../secret.sv"\nmodule m; endmodule\n')
        (root / "evil.f").write_text(f"-f {self.folder}/secret.f\n")
        (root / "dots.f").write_text("-F ../../secret.f\n")
        (root / "environment.f").write_text("+define+LEAK=$HOME\n")
        (root / "Bender.yml").write_text(
            'package: {name: x}\nsources:\n  - include_dirs: ["/etc", "../.."]\n'
            '    files: ["/etc/passwd", "../../secret.sv"]\n'
        )
        (root / "fanin.toml").write_text(
            '[[design]]\nname = "d"\ntop = "mailbox"\nfilelist = "../../secret.f"\n'
            '[[design]]\nname = "e"\ntop = "mailbox"\nmanifest = "../../secret.core"\nfiles = ["/etc/passwd"]\n'
        )
        with ConfiguredServer(self, 'roots = ["allowed"]') as server:
            self.remote(server, "index", root, "--no-embed")
            status = self.remote(server, "status", "--json").out
            for query in ("TOP_SECRET", "name:TOP_SECRET", "TOP_SECRET_LIST"):
                self.remote(server, "search", f'"{query}"' if ":" not in query else query, code=NOTHING_FOUND)
            lost = {
                each["path"]: each["reason"]
                for each in json.loads(status)["repositories"][0]["latestSnapshot"]["lostFiles"]
            }
            self.assertLessEqual({"link.sv", "relative.sv", "folder", "fifo.sv"}, lost.keys())
            self.assertNotIn("TOP_SECRET_LIST", status)
            for name in ("evil.f", "dots.f", "environment.f"):
                outcome = self.remote(server, "index", root, "--no-embed", "--filelist", name, code=USAGE)
                self.assertNotIn("TOP_SECRET", outcome.err)
                self.assertNotIn(os.environ["HOME"] + "\n", outcome.err)
            self.remote(server, "index", root, "--no-embed", "--filelist", self.folder / "secret.f", code=USAGE)

    def test_waves_are_read_below_the_repository_only(self):
        (self.folder / "allowed").mkdir()
        root = self.folder / "allowed" / "mailbox"
        os.rename(self.rtl, root)
        wave = "$scope module top $end\n$var wire 1 ! a $end\n$upscope $end\n$enddefinitions $end\n#0\n0!\n"
        (self.folder / "outside.vcd").write_text(wave)
        (root / "inside.vcd").write_text(wave)
        (root / "link.vcd").symlink_to(self.folder / "outside.vcd")
        os.mkfifo(root / "fifo.vcd")
        with ConfiguredServer(self, 'roots = ["allowed"]') as server:
            self.remote(server, "index", root, "--no-embed")

            def ask(path):
                connection = http.client.HTTPConnection("localhost", server.http_port, timeout=harness.COMMAND_SECONDS)
                body = {
                    "budgetTokens": 100,
                    "debug": {"signals": ["gray_fifo.full"], "waveform": {"serverPath": str(path), "time": "1"}},
                }
                connection.request(
                    "POST",
                    "/v1/repositories/mailbox:assembleContext",
                    json.dumps(body),
                    {"Content-Type": "application/json"},
                )
                response = connection.getresponse()
                text = response.read().decode()
                connection.close()
                return response.status, text

            self.assertEqual(ask(root / "inside.vcd")[0], 200)
            for path in (
                "/etc/passwd",
                self.folder / "outside.vcd",
                root / "link.vcd",
                root / ".." / ".." / "outside.vcd",
            ):
                self.assertEqual(ask(path)[0], 403, path)
            self.assertEqual(ask(root / "fifo.vcd")[0], 400)

    def test_limits_are_held_and_told(self):
        with ConfiguredServer(self, "", "[limits]\nrepositories = 1\nrequest_bytes = 2048\n") as server:
            self.remote(server, "index", self.rtl, "--no-embed")
            outcome = self.remote(server, "index", self.rtl, "--no-embed", "--name", "second", code=BAD_DATA)
            self.assert_names(outcome.err, "limits.repositories")
            self.remote(server, "search", "gray " * 1000, code=BAD_DATA)
            self.remote(server, "search", "gray")

    def test_metrics_are_read_by_prometheus_own_parser(self):
        with ConfiguredServer(self, "") as server:
            self.remote(server, "index", self.rtl, "--no-embed")
            self.remote(server, "search", "gray")
            self.remote(server, "search", "kind:", code=USAGE)
            status, headers, text = server.get("/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        values = {}
        for family in text_string_to_metric_families(text):
            self.assertTrue(family.documentation, family.name)
            for sample in family.samples:
                values[(sample.name, *sorted(sample.labels.items()))] = sample.value
        grpc = (("front", "grpc"), ("method", "Search"))
        self.assertEqual(values[("fanin_calls_total", ("code", "OK"), *grpc)], 1)
        self.assertEqual(values[("fanin_calls_total", ("code", "INVALID_ARGUMENT"), *grpc)], 1)
        self.assertEqual(values[("fanin_call_duration_seconds_count", *grpc)], 2)
        of_mailbox = ("repository", "mailbox")
        for name in ("files", "lines", "nodes", "edges", "segments", "snapshot", "snapshot_timestamp_seconds"):
            self.assertGreater(values[(f"fanin_repository_{name}", of_mailbox)], 0, name)
        self.assertEqual(values[("fanin_repository_vectors", of_mailbox)], 0)
        self.assertEqual(values[("fanin_jobs_waiting",)], 0)
        self.assertEqual(values[("fanin_lane_running_units", ("lane", "interactive"))], 0)
        self.assertGreater(values[("fanin_resident_memory_bytes",)], 1e6)
        names = {key[0] for key in values}
        dashboard = (PACKAGING / "grafana_dashboard.json").read_text(encoding="utf-8")
        expressions = [target["expr"] for panel in json.loads(dashboard)["panels"] for target in panel["targets"]]
        self.assertLessEqual({name for text in expressions for name in re.findall(r"fanin_\w+", text)}, names)

    def test_the_packaged_configuration_names_only_keys_that_there_are(self):
        self.make_certificates()
        self.make_token("x")
        (self.folder / "rtl").mkdir()
        text = re.sub(
            r"^# (\[|\w+ = )", r"\1", (PACKAGING / "server.toml").read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        for packaged, own in {
            "/var/lib/fanin": "data", "/srv/rtl": "rtl", "/etc/fanin/tokens.toml": "tokens.toml",
            "/etc/fanin/server": "server", "/etc/fanin/clients.pem": "ca.pem", "/var/log/fanin/": "", ":7411": ":0", ":7412": ":0", ":9411": ":0",
        }.items():  # fmt: skip
            self.assertIn(packaged, text)
            text = text.replace(packaged, own)
        config = self.folder / "server.toml"
        config.write_text(text)
        process = subprocess.Popen(
            [BINARY, "serve", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        line = process.stdout.readline()
        process.terminate()
        _, errors = process.communicate(timeout=harness.COMMAND_SECONDS)
        self.assertTrue(line.startswith("listening on"), errors)

    def test_metrics_may_have_an_address_of_their_own(self):
        with ConfiguredServer(self, "", '[metrics]\nlisten = "127.0.0.1:0"\n') as server:
            line = server.process.stdout.readline()
            port = int(re.fullmatch(r"metrics at http://127\.0\.0\.1:(\d+)/metrics\n", line).group(1))
            self.assertNotIn("fanin_build_info", server.get("/metrics")[2])
            server.http_port = port
            self.assertEqual(server.get("/metrics")[0], 200)
            self.assertEqual(server.get("/v1/repositories")[0], 404)


class Archives(SecureTest):
    def test_a_snapshot_travels_between_servers_and_is_byte_stable(self):
        with ConfiguredServer(self, "") as server:
            self.remote(server, "index", self.rtl, "--no-embed")
            for name in ("one", "two"):
                self.remote(server, "snapshot", "export", "mailbox", name)
            found = self.remote(server, "search", "gray", "--json").json["results"]
            tree = self.remote(server, "tree", "mailbox").out
        one = (self.folder / "one").read_bytes()
        self.assertEqual(one, (self.folder / "two").read_bytes())
        self.data = self.folder / "second"
        with ConfiguredServer(self, "") as server:
            self.remote(server, "snapshot", "import", "one")
            self.remote(server, "snapshot", "export", "mailbox", "three")
            self.assertEqual(one, (self.folder / "three").read_bytes())
            again = self.remote(server, "search", "gray", "--json").json["results"]
            self.assertEqual([each["score"] for each in found], [each["score"] for each in again])
            self.assertEqual(tree, self.remote(server, "tree", "mailbox").out)
            self.remote(server, "doctor")
            # It goes on from there: nothing that is as it was is parsed again.
            summary = self.remote(server, "index", self.rtl, "--no-embed", "--json").json["job"]["summary"]
            self.assertEqual(summary["files"], summary["filesReused"])

    def test_a_damaged_archive_changes_nothing(self):
        self.index("--quiet")
        self.run_fanin("snapshot", "export", "mailbox", "good")
        good = (self.folder / "good").read_bytes()
        self.data = self.folder / "second"
        for position in range(0, len(good), len(good) // 12):
            damaged = bytearray(good)
            damaged[position] ^= 0x20
            (self.folder / "bad").write_bytes(damaged)
            self.run_fanin("snapshot", "import", "bad", code=BAD_DATA)
        for size in (0, 4, 5, 100, len(good) // 2, len(good) - 1):
            (self.folder / "bad").write_bytes(good[:size])
            self.run_fanin("snapshot", "import", "bad", code=BAD_DATA)
        (self.folder / "bad").write_bytes(good + b"x")
        self.run_fanin("snapshot", "import", "bad", code=BAD_DATA)
        self.run_fanin("snapshot", "import", "good")
        self.run_fanin("search", "gray")


def socket_of(server, context):
    plain = socket.create_connection(("localhost", server.http_port), timeout=harness.COMMAND_SECONDS)
    return context.wrap_socket(plain, server_hostname="localhost")


if __name__ == "__main__":
    unittest.main()
