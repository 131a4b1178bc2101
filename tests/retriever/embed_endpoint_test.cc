// The endpoint embedder against a server in this process.
#include <gtest/gtest.h>
#include <httplib.h>

#include <cmath>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "retriever/embedder.h"

namespace fanin::retriever {
namespace {

using base::Code;
using nlohmann::json;

constexpr uint32_t kDims = 3;

// Serves POST <base>/v1/embeddings as the test's handler says, and keeps the requests.
class EmbeddingServer {
 public:
  using Handler = std::function<void(const json& request, httplib::Response& response)>;

  explicit EmbeddingServer(Handler handler, const std::string& base = "") {
    server_.Post(base + "/v1/embeddings", [this, handler = std::move(handler)](const auto& request, auto& response) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(json::parse(request.body));
      authorization_ = request.get_header_value("Authorization");
      handler(requests_.back(), response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // stop() would do nothing before
  }
  ~EmbeddingServer() {
    server_.stop();
    thread_.join();
  }

  EndpointConfig Config(const std::string& base = "") const {
    EndpointConfig config;
    config.url = "http://127.0.0.1:" + std::to_string(port_) + base;
    config.model = "test-model";
    config.dims = kDims;
    return config;
  }
  const std::vector<json>& requests() const { return requests_; }
  const std::string& authorization() const { return authorization_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<json> requests_;
  std::string authorization_;
  std::thread thread_;
};

// A vector that tells the text's length; last text first, as a server may answer in any order.
void AnswerLengths(const json& request, httplib::Response& response) {
  json data = json::array();
  const auto& input = request.at("input");
  for (size_t i = input.size(); i-- > 0;) {
    const auto length = static_cast<double>(input[i].get<std::string>().size());
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", {length, 1, 0}}});
  }
  response.set_content(json{{"object", "list"}, {"data", data}}.dump(), "application/json");
}

std::shared_ptr<Embedder> Load(const EndpointConfig& endpoint) {
  EmbedderConfig config;
  config.endpoint = endpoint;
  auto embedder = LoadEmbedder(config);
  EXPECT_TRUE(embedder.has_value()) << embedder.error();
  return embedder ? *embedder : nullptr;
}

base::Error QueryError(const EndpointConfig& endpoint) {
  const auto vector = Load(endpoint)->EmbedQuery("fifo");
  EXPECT_FALSE(vector.has_value());
  return vector ? base::Error{} : vector.error();
}

TEST(EndpointEmbedder, VectorsAreNormalisedAndInTheOrderOfTheTexts) {
  const EmbeddingServer server(AnswerLengths);
  const auto embedder = Load(server.Config());
  std::vector<std::string> texts;
  for (size_t i = 1; i <= 150; ++i) texts.emplace_back(i, 'x');
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> out(views.size() * kDims);
  ASSERT_TRUE(embedder->EmbedPassages(views, out).has_value());
  for (size_t i = 0; i < views.size(); ++i) {
    const auto length = static_cast<float>(i + 1);
    EXPECT_NEAR(out[i * kDims], length / std::sqrt(length * length + 1), 1e-6);
    EXPECT_NEAR(out[i * kDims + 1], 1 / std::sqrt(length * length + 1), 1e-6);
  }
  EXPECT_EQ(server.requests().size(), 3u) << "64 texts a request";
}

TEST(EndpointEmbedder, RequestNamesTheModelAndCarriesPrefixesAndTheKey) {
  const EmbeddingServer server(AnswerLengths, "/api");
  auto config = server.Config("/api/");
  config.api_key = "secret";
  config.query_prefix = "query: ";
  const auto embedder = Load(config);
  ASSERT_TRUE(embedder->EmbedQuery("who drives ready?").has_value());
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].at("model"), "test-model");
  EXPECT_EQ(server.requests()[0].at("input"), json({"query: who drives ready?"}));
  EXPECT_EQ(server.authorization(), "Bearer secret");
  EXPECT_EQ(embedder->DescribeRuntime().find("secret"), std::string::npos);
}

TEST(EndpointEmbedder, AnyTextCanBeSent) {
  const EmbeddingServer server(AnswerLengths);
  const auto embedder = Load(server.Config());
  const std::string huge = std::string(7'999, 'x') + "\u00e9" + std::string(1'000'000, 'y');
  const std::vector<std::string_view> texts = {"", "bad \xff byte", huge};
  std::vector<float> out(texts.size() * kDims);
  ASSERT_TRUE(embedder->EmbedPassages(texts, out).has_value());
  const auto& input = server.requests().at(0).at("input");
  EXPECT_EQ(input[0], " ");
  EXPECT_EQ(input[1], "bad \ufffd byte");
  EXPECT_EQ(input[2], std::string(7'999, 'x')) << "cut before the character that does not fit";
}

TEST(EndpointEmbedder, HttpErrorsKeepTheirMeaning) {
  const std::vector<std::pair<int, Code>> expected = {{400, Code::kInvalidArgument},   {401, Code::kUnauthenticated},
                                                      {403, Code::kPermissionDenied},  {404, Code::kNotFound},
                                                      {429, Code::kResourceExhausted}, {500, Code::kUnavailable},
                                                      {503, Code::kUnavailable},       {302, Code::kUnavailable}};
  for (const auto& [status, code] : expected) {
    const EmbeddingServer server([status = status](const json&, httplib::Response& response) {
      response.status = status;
      response.set_content("the reason", "text/plain");
    });
    const auto error = QueryError(server.Config());
    EXPECT_EQ(error.code, code) << error;
    EXPECT_NE(error.message.find("the reason"), std::string::npos) << error;
  }
}

TEST(EndpointEmbedder, AnswersThatAreNoVectorsAreErrors) {
  const std::vector<std::pair<std::string, Code>> expected = {
      {"", Code::kInternal},
      {"<html>", Code::kInternal},
      {R"({"data": []})", Code::kInternal},
      {R"({"data": [{"index": 0, "embedding": [1, 2]}]})", Code::kInvalidArgument},
      {R"({"data": [{"index": 5, "embedding": [1, 2, 3]}]})", Code::kInternal},
      {R"({"data": [{"index": -1, "embedding": [1, 2, 3]}]})", Code::kInternal},
      {R"({"data": [{"index": 0, "embedding": [1, 2, 3]}, {"index": 0, "embedding": [1, 2, 3]}]})", Code::kInternal},
      {R"({"data": [{"index": 0, "embedding": [0, 0, 0]}]})", Code::kInternal},
      {R"({"data": [{"index": 0, "embedding": [1, "x", 0]}]})", Code::kInternal},
      {R"({"data": [{"index": 0, "embedding": "AAAA"}]})", Code::kInvalidArgument},
  };
  for (const auto& [body, code] : expected) {
    const EmbeddingServer server(
        [body = body](const json&, httplib::Response& response) { response.set_content(body, "application/json"); });
    const auto error = QueryError(server.Config());
    EXPECT_EQ(error.code, code) << body << ": " << error;
  }
}

TEST(EndpointEmbedder, ServerThatIsDownIsUnavailable) {
  EndpointConfig config;
  {
    const EmbeddingServer server(AnswerLengths);
    config = server.Config();
  }
  EXPECT_EQ(QueryError(config).code, Code::kUnavailable);
}

TEST(EndpointEmbedder, IdentityIsTheModelAndNotTheServer) {
  EndpointConfig config;
  config.url = "http://one:1";
  config.model = "m";
  config.dims = 8;
  const auto identity = Load(config)->identity();
  EXPECT_EQ(identity.name, "m");
  EXPECT_EQ(identity.dims, 8u);
  auto moved = config;
  moved.url = "https://two/base";
  EXPECT_EQ(Load(moved)->identity(), identity);
  auto other = config;
  other.model = "n";
  EXPECT_NE(Load(other)->identity().digest, identity.digest);
}

TEST(EndpointEmbedder, MalformedConfigurationIsRefused) {
  const auto code = [](const std::string& url, const std::string& model, uint32_t dims) {
    EmbedderConfig config;
    config.endpoint.url = url;
    config.endpoint.model = model;
    config.endpoint.dims = dims;
    const auto embedder = LoadEmbedder(config);
    return embedder ? Code::kUnknown : embedder.error().code;
  };
  EXPECT_EQ(code("localhost:80", "m", 8), Code::kInvalidArgument);
  EXPECT_EQ(code("ftp://host", "m", 8), Code::kInvalidArgument);
  EXPECT_EQ(code("http://", "m", 8), Code::kInvalidArgument);
  EXPECT_EQ(code("http://host", "", 8), Code::kInvalidArgument);
  EXPECT_EQ(code("http://host", "m", 0), Code::kInvalidArgument);
}

}  // namespace
}  // namespace fanin::retriever
