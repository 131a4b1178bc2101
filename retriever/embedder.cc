#include "retriever/embedder.h"

#include <filesystem>
#include <utility>

#include "base/work_queue.h"
#include "retriever/embed_bert.h"
#include "retriever/embed_endpoint.h"
#include "retriever/embed_model.h"

namespace fanin::retriever {
namespace {

base::Result<std::unique_ptr<BertRuntime>> LoadRuntime(const ModelDescription& model, EmbedRuntime runtime,
                                                       [[maybe_unused]] size_t threads) {
#ifdef FANIN_HAVE_OPENVINO
  if (runtime == EmbedRuntime::kSoonest && std::filesystem::exists(model.folder / kOpenBlasWeights)) {
    runtime = EmbedRuntime::kOpenBlas;
  }
  if (runtime != EmbedRuntime::kOpenBlas) return LoadOpenVinoRuntime(model, threads);
#else
  if (runtime == EmbedRuntime::kOpenVino) {
    return base::Fail(base::Code::kUnimplemented, "this program is built without OpenVINO");
  }
#endif
  return LoadOpenBlasRuntime(model);
}

}  // namespace

base::Result<std::shared_ptr<Embedder>> LoadEmbedder(const EmbedderConfig& config) {
  if (!config.endpoint.url.empty()) return MakeEndpointEmbedder(config.endpoint);
  const auto folder = config.model_dir.empty() ? FindModelDir() : config.model_dir;
  const size_t threads = config.threads == 0 ? base::DefaultThreads() : config.threads;
  FANIN_ASSIGN_OR_RETURN(const ModelDescription model, ReadModelDescription(folder));
  FANIN_ASSIGN_OR_RETURN(const std::string tokenizer_json, ReadModelFile(model, "tokenizer.json"));
  FANIN_ASSIGN_OR_RETURN(WordPieceTokenizer tokenizer, WordPieceTokenizer::FromJson(tokenizer_json));
  FANIN_ASSIGN_OR_RETURN(auto runtime, LoadRuntime(model, config.runtime, threads));
  return std::make_shared<BertEmbedder>(model, std::move(tokenizer), std::move(runtime), threads);
}

base::Result<ModelIdentity> IdentifyModel(const EmbedderConfig& config) {
  if (!config.endpoint.url.empty()) {
    FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<Embedder> embedder, MakeEndpointEmbedder(config.endpoint));
    return embedder->identity();
  }
  FANIN_ASSIGN_OR_RETURN(const ModelDescription model,
                         ReadModelDescription(config.model_dir.empty() ? FindModelDir() : config.model_dir));
  return model.Identity();
}

}  // namespace fanin::retriever
