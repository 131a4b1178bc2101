#include "retriever/embed_endpoint.h"

#include <httplib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "retriever/embed_bert.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Status;

constexpr size_t kTextsPerRequest = 64;
// Servers refuse a text beyond their model's token limit: this much fits those in use (8,192 tokens of 1 byte or more).
constexpr size_t kMaxTextBytes = 8000;
constexpr time_t kConnectTimeoutSeconds = 5;
constexpr time_t kAnswerTimeoutSeconds = 60;

// The text without its end where it is too long, cut before a code point.
std::string_view Clip(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<uint8_t>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

Code CodeOfHttpStatus(int status) {
  switch (status) {
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kPermissionDenied;
    case 404: return Code::kNotFound;
    case 429: return Code::kResourceExhausted;
    default: return status >= 400 && status < 500 ? Code::kInvalidArgument : Code::kUnavailable;
  }
}

class EndpointEmbedder final : public Embedder {
 public:
  EndpointEmbedder(EndpointConfig config, std::string server, std::string path)
      : config_(std::move(config)), server_(std::move(server)), path_(std::move(path)) {
    identity_ = {config_.model, config_.dims,
                 base::Digester()
                     .Add("endpoint")
                     .Add(config_.model)
                     .AddInt(config_.dims)
                     .Add(config_.query_prefix)
                     .Add(config_.passage_prefix)
                     .Finish()};
  }

  const ModelIdentity& identity() const override { return identity_; }
  std::string DescribeRuntime() const override { return "endpoint " + server_ + path_; }

  Status EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) override {
    FANIN_CHECK(out.size() == texts.size() * config_.dims);
    for (size_t begin = 0; begin < texts.size(); begin += kTextsPerRequest) {
      const size_t count = std::min(kTextsPerRequest, texts.size() - begin);
      FANIN_RETURN_IF_ERROR(Request(config_.passage_prefix, texts.subspan(begin, count),
                                    out.subspan(begin * config_.dims, count * config_.dims)));
    }
    return {};
  }

  base::Result<std::vector<float>> EmbedQuery(std::string_view text) override {
    std::vector<float> vector(config_.dims);
    FANIN_RETURN_IF_ERROR(Request(config_.query_prefix, {&text, 1}, vector));
    return vector;
  }

 private:
  // A connection per request: the client of the library serves one thread at a time.
  Status Request(const std::string& prefix, std::span<const std::string_view> texts, std::span<float> out) const {
    nlohmann::json body{{"model", config_.model}, {"encoding_format", "float"}, {"input", nlohmann::json::array()}};
    for (const auto text : texts) {
      std::string input = prefix;
      input += Clip(text, kMaxTextBytes);
      if (input.empty()) input = " ";  // servers refuse an empty text
      body["input"].push_back(std::move(input));
    }
    httplib::Client client(server_);
    client.set_connection_timeout(kConnectTimeoutSeconds);
    client.set_read_timeout(kAnswerTimeoutSeconds);
    client.set_write_timeout(kAnswerTimeoutSeconds);
    if (!config_.api_key.empty()) client.set_bearer_token_auth(config_.api_key);
    // Bytes that are no UTF-8 become U+FFFD.
    const auto text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto answer = client.Post(path_, text, "application/json");
    if (!answer) {
      return Fail(Code::kUnavailable, DescribeRuntime() + ": " + httplib::to_string(answer.error()));
    }
    if (answer->status != 200) {
      return Fail(CodeOfHttpStatus(answer->status), DescribeRuntime() + " answered " + std::to_string(answer->status) +
                                                        ": " + std::string(Clip(answer->body, 300)));
    }
    return Read(answer->body, out);
  }

  // {"data": [{"index": i, "embedding": [...]}, ...]}
  Status Read(const std::string& body, std::span<float> out) const {
    const size_t count = out.size() / config_.dims;
    std::vector<bool> seen(count);
    const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
    try {
      for (const auto& item : json.at("data")) {
        const size_t index = item.at("index");
        const auto& values = item.at("embedding");
        if (values.size() != config_.dims) {
          return Fail(Code::kInvalidArgument, DescribeRuntime() + " answered with " + std::to_string(values.size()) +
                                                  " dimensions, configured are " + std::to_string(config_.dims));
        }
        if (index >= count || seen[index]) return Fail(Code::kInternal, DescribeRuntime() + ": a wrong index");
        seen[index] = true;
        const auto row = out.subspan(index * config_.dims, config_.dims);
        std::ranges::transform(values, row.begin(), [](const nlohmann::json& value) { return value.get<float>(); });
        FANIN_RETURN_IF_ERROR(Normalize(row));
      }
    } catch (const nlohmann::json::exception& error) {
      return Fail(Code::kInternal, DescribeRuntime() + ": unexpected answer: " + error.what());
    }
    if (std::ranges::find(seen, false) != seen.end()) {
      return Fail(Code::kInternal, DescribeRuntime() + " left out a vector");
    }
    return {};
  }

  const EndpointConfig config_;
  const std::string server_;  // "http://host:port"
  const std::string path_;
  ModelIdentity identity_;
};

}  // namespace

base::Result<std::shared_ptr<Embedder>> MakeEndpointEmbedder(const EndpointConfig& config) {
  const size_t scheme = config.url.find("://");
  const bool known = config.url.starts_with("http://") || config.url.starts_with("https://");
  if (!known || config.url.size() == scheme + 3) {
    return Fail(Code::kInvalidArgument, "not an http or https URL: " + config.url);
  }
  if (config.model.empty() || config.dims == 0) {
    return Fail(Code::kInvalidArgument, "an embedding endpoint needs its model's name and dimensions");
  }
  const size_t slash = std::min(config.url.find('/', scheme + 3), config.url.size());
  std::string path = config.url.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return std::make_shared<EndpointEmbedder>(config, config.url.substr(0, slash), path + "/v1/embeddings");
}

}  // namespace fanin::retriever
