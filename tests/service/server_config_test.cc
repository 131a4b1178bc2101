#include "service/server_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace fanin::service {
namespace {

using testing::HasSubstr;

class ServerConfigTest : public testing::Test {
 protected:
  ServerConfigTest() {
    std::string pattern = testing::TempDir() + "fanin_config_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = std::filesystem::canonical(pattern);
    std::filesystem::create_directory(folder_ / "rtl");
    for (const char* name : {"tokens.toml", "cert.pem", "key.pem"}) std::ofstream(folder_ / name) << "";
  }
  ~ServerConfigTest() override { std::filesystem::remove_all(folder_); }

  base::Result<ServerConfig> Parse(const std::string& text) { return ServerConfig::Parse(text, folder_ / "s.toml"); }
  std::string Message(const std::string& text) {
    const auto config = Parse(text);
    return config ? "no error" : config.error().message;
  }

  std::filesystem::path folder_;
};

TEST_F(ServerConfigTest, AllOfItIsRead) {
  const auto config = Parse(
      "data_dir = \"data\"\nroots = [\"rtl\"]\ntokens = \"tokens.toml\"\nbehind_proxy = true\n"
      "[grpc]\nlisten = \"0.0.0.0:1\"\n[http]\nlisten = \"0.0.0.0:2\"\nhosts = [\"rtl.example\"]\nweb = \"web\"\n"
      "[metrics]\nlisten = \"127.0.0.1:3\"\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n"
      "[log]\nlevel = \"debug\"\naudit = \"audit.log\"\n"
      "[limits]\ninteractive = { running = 3, waiting = 4 }\nbatch = { running = 1 }\nrepositories = 5\n"
      "waiting_jobs = 6\nrequest_bytes = 4096\ndrain_seconds = 0\n");
  ASSERT_TRUE(config.has_value()) << config.error();
  EXPECT_EQ(config->data_dir, folder_ / "data");
  EXPECT_EQ(config->roots.front(), folder_ / "rtl");
  EXPECT_EQ(config->tokens, folder_ / "tokens.toml");
  EXPECT_EQ(config->http_hosts.front(), "rtl.example");
  EXPECT_EQ(config->tls->key, folder_ / "key.pem");
  EXPECT_EQ(config->audit_log, folder_ / "audit.log");
  EXPECT_EQ(config->admission.interactive, (LaneLimits{3, 4}));
  EXPECT_EQ(config->admission.batch, (LaneLimits{1, DefaultAdmission().batch.waiting}));
  EXPECT_EQ(config->max_repositories, 5U);
  EXPECT_EQ(config->max_request_bytes, 4096U);
  EXPECT_EQ(config->drain_time.count(), 0);
  EXPECT_TRUE(config->Check().has_value());
}

TEST_F(ServerConfigTest, MistakesAreToldWithFileAndLine) {
  EXPECT_THAT(Message("roots = [\n  \"rtl\",\n  \"nowhere\"]\n"), HasSubstr("s.toml:3: there is no folder nowhere"));
  EXPECT_THAT(Message("\nrots = []\n"), HasSubstr("s.toml:2: a server's configuration has no key rots; is it roots?"));
  EXPECT_THAT(Message("[grpc]\nlisten = 7411\n"), HasSubstr("s.toml:2: is to be a string"));
  EXPECT_THAT(Message("[grpc]\nlisten = \"here\"\n"), HasSubstr("s.toml:2: listen is to be host:port"));
  EXPECT_THAT(Message("[limits]\nrepositories = 0\n"), HasSubstr("s.toml:2: is to be a number from 1"));
  EXPECT_THAT(Message("[log]\nlevel = \"loud\"\n"), HasSubstr("s.toml:2: level is to be"));
  EXPECT_THAT(Message("tokens = \"none.toml\"\n"), HasSubstr("s.toml:1: there is no file"));
  EXPECT_THAT(Message("[tls]\ncertificate = \"cert.pem\"\n"), HasSubstr("s.toml:1: tls needs a certificate and a key"));
  EXPECT_THAT(Message("a = \n"), HasSubstr("s.toml:1:"));
}

TEST_F(ServerConfigTest, BeyondThisMachineThereMustBeTlsTokensAndRoots) {
  ServerConfig config;
  for (const char* address : {"0.0.0.0:7411", "[::]:7411", "192.0.2.1:7411", "rtl.example:7411", ":7411", "*:7411"}) {
    config.grpc_listen = address;
    const base::Status status = config.Check();
    ASSERT_FALSE(status.has_value()) << address;
    EXPECT_THAT(status.error().message, HasSubstr("[tls] (or behind_proxy = true), tokens, roots")) << address;
  }
  config.behind_proxy = true;
  config.tokens = "t";
  EXPECT_THAT(config.Check().error().message, HasSubstr("lacks roots."));
  config.roots = {"/rtl"};
  EXPECT_TRUE(config.Check().has_value());
  config = ServerConfig();
  config.http_listen = "0.0.0.0:7412";
  EXPECT_FALSE(config.Check().has_value());
}

TEST_F(ServerConfigTest, LocalAddressesNeedNothing) {
  for (const char* address : {"127.0.0.1:0", "127.8.0.1:1", "localhost:7411", "[::1]:7411", "unix:/run/fanin/socket"}) {
    EXPECT_TRUE(IsLocalAddress(address)) << address;
  }
  EXPECT_TRUE(ServerConfig().Check().has_value());
}

}  // namespace
}  // namespace fanin::service
