// The encoder as a plain float32 forward pass on OpenBLAS (Devlin et al. 2018; Vaswani et al. 2017). It defines what
// the other runtime must compute. All matrices are row-major; activations are [tokens, width].
#include <cblas.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>
#include <vector>

#include "retriever/embed_bert.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Status;

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

// A safetensors file: u64 size of the JSON header, the header {name: {dtype, shape, data_offsets}}, the data.
class TensorFile {
 public:
  static base::Result<TensorFile> Parse(std::string content) {
    uint64_t header_size = 0;
    if (content.size() < sizeof header_size) return Fail(Code::kDataLoss, "weights.safetensors is cut off");
    std::memcpy(&header_size, content.data(), sizeof header_size);
    if (header_size > content.size() - sizeof header_size || header_size % alignof(float) != 0) {
      return Fail(Code::kDataLoss, "weights.safetensors has a bad header size");
    }
    TensorFile file;
    const auto* header = content.data() + sizeof header_size;
    file.header_ = nlohmann::json::parse(header, header + header_size, nullptr, /*allow_exceptions=*/false);
    if (!file.header_.is_object()) return Fail(Code::kDataLoss, "weights.safetensors has a bad header");
    file.data_offset_ = sizeof header_size + header_size;
    file.content_ = std::move(content);
    return file;
  }

  // The tensor's values, which live as long as this object. INVALID_ARGUMENT when it is not there in float32 and this
  // shape; 0 in `shape` stands for any size and is filled in.
  base::Result<const float*> Find(const std::string& name, std::vector<size_t>& shape) const {
    try {
      const auto& entry = header_.at(name);
      const std::vector<size_t> found = entry.at("shape");
      bool fits = entry.at("dtype") == "F32" && found.size() == shape.size();
      size_t count = 1;
      for (size_t i = 0; fits && i < shape.size(); ++i) {
        fits = shape[i] == 0 || shape[i] == found[i];
        fits = fits && found[i] < kMaxSide;
        count *= found[i];
      }
      if (!fits)
        return Fail(Code::kInvalidArgument, "weights.safetensors: " + name + " is not float32 of the shape due");
      const uint64_t begin = entry.at("data_offsets").at(0);
      const uint64_t size = content_.size() - data_offset_;
      if (begin > size || count * sizeof(float) > size - begin || begin % alignof(float) != 0) {
        return Fail(Code::kDataLoss, "weights.safetensors: " + name + " lies outside the file");
      }
      shape = found;
      return reinterpret_cast<const float*>(content_.data() + data_offset_ + begin);
    } catch (const nlohmann::json::exception& error) {
      return Fail(Code::kInvalidArgument, "weights.safetensors: " + name + ": " + error.what());
    }
  }

 private:
  static constexpr size_t kMaxSide = size_t{1} << 24;
  std::string content_;
  nlohmann::json header_;
  size_t data_offset_ = 0;
};

struct Linear {
  const float* weight = nullptr;  // [out, in]
  const float* bias = nullptr;    // [out]
  size_t in = 0;
  size_t out = 0;

  // y = x * weight^T + bias; x is [rows, in], y is [rows, out].
  void Apply(const float* x, size_t rows, float* y) const {
    for (size_t i = 0; i < rows; ++i) std::copy_n(bias, out, y + i * out);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(rows), static_cast<blasint>(out),
                static_cast<blasint>(in), 1, x, static_cast<blasint>(in), weight, static_cast<blasint>(in), 1, y,
                static_cast<blasint>(out));
  }
};

struct LayerNorm {
  const float* weight = nullptr;
  const float* bias = nullptr;

  void Apply(float* x, size_t rows, size_t dims, float epsilon) const {
    for (float* row = x; row < x + rows * dims; row += dims) {
      double sum = 0;
      double squares = 0;
      for (size_t d = 0; d < dims; ++d) sum += row[d];
      const double mean = sum / static_cast<double>(dims);
      for (size_t d = 0; d < dims; ++d) squares += (row[d] - mean) * (row[d] - mean);
      const double scale = 1 / std::sqrt(squares / static_cast<double>(dims) + epsilon);
      for (size_t d = 0; d < dims; ++d) row[d] = static_cast<float>((row[d] - mean) * scale) * weight[d] + bias[d];
    }
  }
};

struct Layer {
  Linear query, key, value, attention_output, intermediate, output;
  LayerNorm attention_norm, output_norm;
};

void Softmax(float* row, size_t size) {
  const float largest = *std::max_element(row, row + size);
  float sum = 0;
  for (size_t i = 0; i < size; ++i) sum += row[i] = std::exp(row[i] - largest);
  for (size_t i = 0; i < size; ++i) row[i] /= sum;
}

void Gelu(std::vector<float>& x, size_t size) {
  for (size_t i = 0; i < size; ++i) x[i] *= 0.5F * (1 + std::erf(x[i] * static_cast<float>(1 / std::numbers::sqrt2)));
}

class OpenBlasRuntime final : public BertRuntime {
 public:
  OpenBlasRuntime(const ModelDescription& model, TensorFile tensors)
      : tensors_(std::move(tensors)),
        dims_(model.dims),
        heads_(model.heads),
        epsilon_(model.layer_norm_epsilon),
        pooling_(model.pooling) {}

  // Binds the layers to the file's tensors and checks their shapes.
  Status Bind(const ModelDescription& model) {
    std::vector<size_t> shape{0, dims_};
    FANIN_ASSIGN_OR_RETURN(words_, tensors_.Find("embeddings.word_embeddings.weight", shape));
    word_count_ = shape[0];
    shape = {0, dims_};
    FANIN_ASSIGN_OR_RETURN(positions_, tensors_.Find("embeddings.position_embeddings.weight", shape));
    if (shape[0] < model.max_tokens)
      return Fail(Code::kInvalidArgument, "the model has fewer positions than max_tokens");
    shape = {0, dims_};
    FANIN_ASSIGN_OR_RETURN(token_types_, tensors_.Find("embeddings.token_type_embeddings.weight", shape));
    FANIN_RETURN_IF_ERROR(BindNorm("embeddings.LayerNorm", embedding_norm_));
    layers_.resize(model.layers);
    for (size_t i = 0; i < layers_.size(); ++i) FANIN_RETURN_IF_ERROR(BindLayer(i, layers_[i]));
    return {};
  }

  std::string Describe() const override { return "openblas f32"; }

  Status Forward(std::span<const BatchRow> rows) override {
    for (const auto& row : rows) FANIN_RETURN_IF_ERROR(Forward(*row.tokens, row.vector));
    return {};
  }

 private:
  // What one pass needs; [tokens, dims] unless said.
  struct Scratch {
    std::vector<float> x, query, key, value, context, output, wide, scores;
    size_t tokens = 0;
  };

  Status BindNorm(const std::string& name, LayerNorm& norm) {
    std::vector<size_t> shape{dims_};
    FANIN_ASSIGN_OR_RETURN(norm.weight, tensors_.Find(name + ".weight", shape));
    FANIN_ASSIGN_OR_RETURN(norm.bias, tensors_.Find(name + ".bias", shape));
    return {};
  }

  Status BindLinear(const std::string& name, size_t out, size_t in, Linear& linear) {
    std::vector<size_t> shape{out, in};
    FANIN_ASSIGN_OR_RETURN(linear.weight, tensors_.Find(name + ".weight", shape));
    linear.out = shape[0];
    linear.in = shape[1];
    std::vector<size_t> bias_shape{linear.out};
    FANIN_ASSIGN_OR_RETURN(linear.bias, tensors_.Find(name + ".bias", bias_shape));
    return {};
  }

  Status BindLayer(size_t index, Layer& layer) {
    const std::string name = "encoder.layer." + std::to_string(index) + ".";
    FANIN_RETURN_IF_ERROR(BindLinear(name + "attention.self.query", dims_, dims_, layer.query));
    FANIN_RETURN_IF_ERROR(BindLinear(name + "attention.self.key", dims_, dims_, layer.key));
    FANIN_RETURN_IF_ERROR(BindLinear(name + "attention.self.value", dims_, dims_, layer.value));
    FANIN_RETURN_IF_ERROR(BindLinear(name + "attention.output.dense", dims_, dims_, layer.attention_output));
    FANIN_RETURN_IF_ERROR(BindNorm(name + "attention.output.LayerNorm", layer.attention_norm));
    FANIN_RETURN_IF_ERROR(BindLinear(name + "intermediate.dense", 0, dims_, layer.intermediate));
    FANIN_RETURN_IF_ERROR(BindLinear(name + "output.dense", dims_, layer.intermediate.out, layer.output));
    return BindNorm(name + "output.LayerNorm", layer.output_norm);
  }

  Status Forward(const TokenIds& tokens, float* vector) const {
    Scratch s;
    s.tokens = tokens.size();
    const size_t cells = s.tokens * dims_;
    for (auto* buffer : {&s.x, &s.query, &s.key, &s.value, &s.context, &s.output}) buffer->resize(cells);
    s.wide.resize(s.tokens * layers_.front().intermediate.out);
    s.scores.resize(s.tokens * s.tokens);
    for (size_t i = 0; i < s.tokens; ++i) {
      if (tokens[i] < 0 || static_cast<size_t>(tokens[i]) >= word_count_) {
        return Fail(Code::kInvalidArgument, "tokenizer.json has more tokens than the model");
      }
      const float* word = words_ + static_cast<size_t>(tokens[i]) * dims_;
      for (size_t d = 0; d < dims_; ++d) s.x[i * dims_ + d] = word[d] + positions_[i * dims_ + d] + token_types_[d];
    }
    embedding_norm_.Apply(s.x.data(), s.tokens, dims_, epsilon_);
    // Only rows that are pooled matter after the last layer's attention.
    const size_t pooled = pooling_ == Pooling::kCls ? 1 : s.tokens;
    for (const Layer& layer : layers_) Run(layer, &layer == &layers_.back() ? pooled : s.tokens, s);
    std::fill_n(vector, dims_, 0.0F);
    for (size_t i = 0; i < pooled; ++i) {
      for (size_t d = 0; d < dims_; ++d) vector[d] += s.x[i * dims_ + d];
    }
    return {};
  }

  // Computes the first `rows` rows of a layer's output into s.x.
  void Run(const Layer& layer, size_t rows, Scratch& s) const {
    layer.query.Apply(s.x.data(), rows, s.query.data());
    layer.key.Apply(s.x.data(), s.tokens, s.key.data());
    layer.value.Apply(s.x.data(), s.tokens, s.value.data());
    for (size_t head = 0; head < heads_; ++head) Attend(head, rows, s);
    layer.attention_output.Apply(s.context.data(), rows, s.output.data());
    AddNorm(layer.attention_norm, rows, s);
    layer.intermediate.Apply(s.x.data(), rows, s.wide.data());
    Gelu(s.wide, rows * layer.intermediate.out);
    layer.output.Apply(s.wide.data(), rows, s.output.data());
    AddNorm(layer.output_norm, rows, s);
  }

  // context = softmax(query * key^T / sqrt(width)) * value, on one head's columns.
  void Attend(size_t head, size_t rows, Scratch& s) const {
    const size_t width = dims_ / heads_;
    const size_t column = head * width;
    const auto m = static_cast<blasint>(rows);
    const auto n = static_cast<blasint>(s.tokens);
    const auto k = static_cast<blasint>(width);
    const auto stride = static_cast<blasint>(dims_);
    const float scale = 1 / std::sqrt(static_cast<float>(width));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, scale, s.query.data() + column, stride,
                s.key.data() + column, stride, 0, s.scores.data(), n);
    for (size_t i = 0; i < rows; ++i) Softmax(s.scores.data() + i * s.tokens, s.tokens);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, k, n, 1, s.scores.data(), n, s.value.data() + column,
                stride, 0, s.context.data() + column, stride);
  }

  // x = norm(x + output)
  void AddNorm(const LayerNorm& norm, size_t rows, Scratch& s) const {
    for (size_t i = 0; i < rows * dims_; ++i) s.x[i] += s.output[i];
    norm.Apply(s.x.data(), rows, dims_, epsilon_);
  }

  const TensorFile tensors_;
  const size_t dims_;
  const size_t heads_;
  const float epsilon_;
  const Pooling pooling_;
  const float* words_ = nullptr;        // [words, dims]
  const float* positions_ = nullptr;    // [positions, dims]
  const float* token_types_ = nullptr;  // [types, dims]
  size_t word_count_ = 0;
  LayerNorm embedding_norm_;
  std::vector<Layer> layers_;
};

}  // namespace

base::Result<std::unique_ptr<BertRuntime>> LoadOpenBlasRuntime(const ModelDescription& model) {
  FANIN_ASSIGN_OR_RETURN(std::string content, ReadModelFile(model, kOpenBlasWeights));
  FANIN_ASSIGN_OR_RETURN(TensorFile tensors, TensorFile::Parse(std::move(content)));
  auto runtime = std::make_unique<OpenBlasRuntime>(model, std::move(tensors));
  FANIN_RETURN_IF_ERROR(runtime->Bind(model));
  openblas_set_num_threads(1);
  return runtime;
}

}  // namespace fanin::retriever
