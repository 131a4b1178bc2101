#include "retriever/embed_model.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/file.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;

constexpr uint32_t kFormat = 1;
constexpr std::string_view kDefaultModel = "bge-small-en-v1.5";
constexpr uint64_t kMaxDescriptionBytes = 1 << 20;

std::filesystem::path EnvironmentPath(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Fills the description from model.json. Throws what nlohmann::json throws for missing fields and other types.
ModelDescription FromJson(const nlohmann::json& json) {
  ModelDescription model;
  model.name = json.at("name");
  model.dims = json.at("dims");
  model.layers = json.at("layers");
  model.heads = json.at("heads");
  model.layer_norm_epsilon = json.at("layer_norm_epsilon");
  model.max_tokens = json.at("max_tokens");
  model.pooling = json.at("pooling") == "mean" ? Pooling::kMean : Pooling::kCls;
  model.query_prefix = json.at("query_prefix");
  model.passage_prefix = json.at("passage_prefix");
  model.weights_id = json.at("weights_id");
  model.files = json.at("files");
  return model;
}

}  // namespace

std::string ModelIdentity::ToString() const { return name + "/" + std::to_string(dims) + " " + digest.ToHex(); }

std::filesystem::path FindModelDir() {
  if (auto folder = EnvironmentPath("FANIN_MODEL_DIR"); !folder.empty()) return folder;
  auto cache = EnvironmentPath("XDG_CACHE_HOME");
  if (cache.empty()) cache = EnvironmentPath("HOME") / ".cache";
  std::filesystem::path folder = cache / "fanin" / "models" / kDefaultModel;
  std::error_code error;
  if (std::filesystem::exists(folder, error)) return folder;
  // An installation brings its own.
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::filesystem::path installed = program.parent_path() / "share/fanin/models" / kDefaultModel;
  return std::filesystem::exists(installed, error) ? installed : folder;
}

ModelIdentity ModelDescription::Identity() const {
  base::Digester digester;
  digester.Add("bert").Add(name).AddInt(dims).AddInt(max_tokens).AddInt(static_cast<uint64_t>(pooling));
  digester.Add(query_prefix).Add(passage_prefix).Add(weights_id).Add(files.at("tokenizer.json"));
  return {name, dims, digester.Finish()};
}

base::Result<ModelDescription> ReadModelDescription(const std::filesystem::path& folder) {
  const auto path = folder / "model.json";
  auto text = base::ReadFile(path, kMaxDescriptionBytes);
  if (!text && text.error().code == Code::kNotFound) {
    return Fail(Code::kNotFound, "no embedding model in " + folder.string() +
                                     ": run scripts/setup.sh, or set FANIN_MODEL_DIR to a model folder");
  }
  FANIN_RETURN_IF_ERROR(text);
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Fail(Code::kDataLoss, path.string() + " is not a JSON object");
  try {
    if (const uint32_t format = json.at("format"); format > kFormat) {
      return Fail(Code::kFailedPrecondition, path.string() + " has format " + std::to_string(format) +
                                                 ", this program reads up to " + std::to_string(kFormat));
    }
    ModelDescription model = FromJson(json);
    model.folder = folder;
    const auto& pooling = json.at("pooling");
    if (pooling != "cls" && pooling != "mean") {
      return Fail(Code::kInvalidArgument, path.string() + ": pooling must be cls or mean");
    }
    if (model.dims == 0 || model.dims > 65536 || model.layers == 0 || model.heads == 0 ||
        model.dims % model.heads != 0 || model.max_tokens < 3) {
      return Fail(Code::kInvalidArgument, path.string() + ": dims, layers, heads or max_tokens out of range");
    }
    if (!model.files.contains("tokenizer.json")) {
      return Fail(Code::kInvalidArgument, path.string() + ": files does not name tokenizer.json");
    }
    return model;
  } catch (const nlohmann::json::exception& error) {
    return Fail(Code::kInvalidArgument, path.string() + ": " + error.what());
  }
}

base::Result<std::string> ReadModelFile(const ModelDescription& model, const std::string& name) {
  const auto path = model.folder / name;
  const auto expected = model.files.find(name);
  if (expected == model.files.end()) {
    return Fail(Code::kNotFound, (model.folder / "model.json").string() + " names no " + name);
  }
  FANIN_ASSIGN_OR_RETURN(std::string content, base::ReadFile(path));
  if (base::DigestOf(content).ToHex() != expected->second) {
    return Fail(Code::kDataLoss,
                path.string() + " is damaged: its digest differs from model.json; run scripts/setup.sh");
  }
  return content;
}

}  // namespace fanin::retriever
