#include "tests/stress/world.h"

#include <httplib.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "base/digest.h"

namespace fanin::stress {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kDims = 32;

std::string ModuleText(uint64_t number, uint64_t version, size_t wires, uint64_t next) {
  std::string text = "// Module " + std::to_string(number) + " of version " + std::to_string(version) + ".\nmodule m" +
                     std::to_string(number) +
                     "(input logic clk, input logic [7:0] in, output logic [7:0] out);\n"
                     "  logic [7:0] state_q, below;\n";
  std::mt19937_64 random(number * 1000 + version);
  std::string before = "in";
  for (size_t i = 0; i < wires; ++i) {
    // Names are random so that rows do not compress away.
    const std::string name = "wire" + std::to_string(i) + "_" + std::to_string(random());
    text += "  wire [7:0] " + name + " = " + before + " ^ 8'd" + std::to_string(random() % 256) + ";\n";
    before = name;
  }
  text += "  always_ff @(posedge clk) if (in[0]) state_q <= " + before + "; else state_q <= below;\n";
  if (next != number) {
    text += "  m" + std::to_string(next) + " u_next(.clk(clk), .in(state_q), .out(below));\n";
  } else {
    text += "  assign below = '0;\n";
  }
  text += "  assign out = state_q + 8'd" + std::to_string(version % 256) + ";\nendmodule\n";
  return text;
}

// The sum of a vector per word, so that texts that share words are alike.
std::vector<float> VectorOf(const std::string& text) {
  std::vector<float> vector(kDims, 0.01F);
  std::string word;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && std::isalnum(static_cast<unsigned char>(text[i]))) {
      word += text[i];
      continue;
    }
    if (!word.empty()) {
      std::mt19937_64 random(base::Hash64(word));
      for (float& x : vector) x += static_cast<float>(random() % 2001) / 1000 - 1;
    }
    word.clear();
  }
  float norm = 0;
  for (const float x : vector) norm += x * x;
  for (float& x : vector) x /= std::sqrt(norm);
  return vector;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string pattern = fs::temp_directory_path() / "fanin_stress_XXXXXX";
  FANIN_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = fs::canonical(pattern);
}
ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void WriteRtl(const fs::path& folder, uint64_t generation, size_t modules, size_t wires) {
  fs::create_directories(folder / "gen");
  if (!fs::exists(folder / "mailbox")) fs::copy("tests/corpora", folder, fs::copy_options::recursive);
  for (size_t i = 0; i < modules; ++i) {
    const fs::path path = folder / "gen" / ("m" + std::to_string(i) + ".sv");
    // One in seven is missing in each generation, one in three changes.
    if (i > 3 && (i + generation) % 7 == 0) {
      fs::remove(path);
      continue;
    }
    const uint64_t version = i % 3 == 0 ? generation : 0;
    std::ofstream(path) << ModuleText(i, version, wires, i + 1 < modules ? i + 1 : i);
  }
}

struct EmbeddingService::State {
  httplib::Server server;
  int port = 0;
  std::thread thread;
};

EmbeddingService::EmbeddingService() : state_(std::make_unique<State>()) {
  state_->server.Post("/v1/embeddings", [](const httplib::Request& request, httplib::Response& response) {
    const auto body = nlohmann::json::parse(request.body, nullptr, false);
    nlohmann::json data = nlohmann::json::array();
    for (const auto& text : body["input"]) {
      data.push_back({{"index", data.size()}, {"embedding", VectorOf(text.get<std::string>())}});
    }
    response.set_content(nlohmann::json{{"data", data}}.dump(), "application/json");
  });
  state_->port = state_->server.bind_to_any_port("127.0.0.1");
  state_->thread = std::thread([this] { state_->server.listen_after_bind(); });
  while (!state_->server.is_running()) std::this_thread::yield();
}
EmbeddingService::~EmbeddingService() {
  state_->server.stop();
  state_->thread.join();
}
std::string EmbeddingService::url() const { return "http://127.0.0.1:" + std::to_string(state_->port); }

base::Result<std::unique_ptr<service::LocalApi>> OpenApi(const OpenOptions& options) {
  service::EngineOptions engine_options;
  engine_options.data_dir = options.data_dir;
  engine_options.read_only = options.read_only;
  if (options.embedding_url.empty()) {
    engine_options.embedder.model_dir = options.data_dir / "no_model";
  } else {
    engine_options.embedder.endpoint = {options.embedding_url, "words", kDims, "", "", ""};
  }
  FANIN_ASSIGN_OR_RETURN(auto engine, service::Engine::Open(engine_options));
  return std::make_unique<service::LocalApi>(std::move(engine));
}

base::Result<v1::IndexSummary> Index(service::Api& api, const std::string& name, const fs::path& root, bool embed) {
  v1::CreateRepositoryRequest create;
  create.set_repository_id(name);
  create.mutable_repository()->set_root(root.string());
  if (const auto created = api.CreateRepository(create, {});
      !created && created.error().code != base::Code::kAlreadyExists) {
    return std::unexpected(created.error());
  }
  v1::IndexRepositoryRequest request;
  request.set_name("repositories/" + name);
  request.set_skip_embeddings(!embed);
  v1::IndexSummary summary;
  FANIN_RETURN_IF_ERROR(api.IndexRepository(request, {}, [&](const v1::IndexRepositoryResponse& event) {
    summary = event.job().summary();
    return true;
  }));
  return summary;
}

}  // namespace fanin::stress
