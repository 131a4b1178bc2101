// The encoder on OpenVINO: model.onnx, with inputs input_ids, attention_mask and maybe token_type_ids of shape
// [batch, tokens], and a first output of [batch, tokens or 1, dims].
#include "retriever/embed_bert.h"

#ifdef FANIN_HAVE_OPENVINO

#include <algorithm>
#include <exception>
#include <mutex>
#include <openvino/openvino.hpp>
#include <utility>
#include <vector>

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Status;

// The CPU plugin compiles kernels for each shape of input and keeps them. Rounded widths make shapes repeat; the bound
// on kernels keeps memory flat, which without it grows by some 130 MB per 256 texts. scratch runs, 2026-11: texts per
// second as with exact widths and no bound, a query 20 % faster.
constexpr size_t kWidthStep = 8;
constexpr int kMaxKeptKernels = 512;

// Infer requests that no caller is using. Makes a new one when all are taken, so that a query never waits for a
// passage's request; the number of compiled streams bounds what runs at once.
class RequestPool {
 public:
  explicit RequestPool(ov::CompiledModel model) : model_(std::move(model)) {}

  ov::InferRequest Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto request = std::move(idle_.back());
        idle_.pop_back();
        return request;
      }
    }
    return model_.create_infer_request();
  }
  void Give(ov::InferRequest request) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(request));
  }

 private:
  ov::CompiledModel model_;
  std::mutex mutex_;
  std::vector<ov::InferRequest> idle_;
};

class OpenVinoRuntime final : public BertRuntime {
 public:
  OpenVinoRuntime(const ModelDescription& model, const ov::CompiledModel& compiled, std::string precision)
      : requests_(compiled),
        pooling_(model.pooling),
        dims_(model.dims),
        max_tokens_(model.max_tokens),
        precision_(std::move(precision)) {
    for (const auto& input : compiled.inputs()) inputs_.push_back(input.get_any_name());
  }

  std::string Describe() const override { return "openvino " + precision_; }

  Status Forward(std::span<const BatchRow> rows) override {
    try {
      auto request = requests_.Take();
      Fill(request, rows);
      request.infer();
      const auto status = Pool(request.get_output_tensor(0), rows);
      requests_.Give(std::move(request));
      return status;
    } catch (const std::exception& error) {
      return Fail(Code::kInternal, std::string("OpenVINO: ") + error.what());
    }
  }

 private:
  void Fill(ov::InferRequest& request, std::span<const BatchRow> rows) const {
    size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row.tokens->size());
    width = std::min((width + kWidthStep - 1) / kWidthStep * kWidthStep, max_tokens_);
    for (const auto& name : inputs_) {
      auto tensor = request.get_tensor(name);
      tensor.set_shape({rows.size(), width});
      auto* cell = tensor.data<int64_t>();
      std::fill_n(cell, rows.size() * width, 0);
      for (const auto& row : rows) {
        if (name == "input_ids") std::copy(row.tokens->begin(), row.tokens->end(), cell);
        if (name == "attention_mask") std::fill_n(cell, row.tokens->size(), 1);
        cell += width;
      }
    }
  }

  Status Pool(const ov::Tensor& output, std::span<const BatchRow> rows) const {
    const auto shape = output.get_shape();
    if (shape.size() != 3 || shape[0] != rows.size() || shape[2] != dims_) {
      return Fail(Code::kInternal, "OpenVINO: the model's output has an unexpected shape");
    }
    const auto* hidden = output.data<float>();
    for (const auto& row : rows) {
      const size_t pooled = pooling_ == Pooling::kCls ? 1 : std::min(row.tokens->size(), shape[1]);
      std::fill_n(row.vector, dims_, 0.0F);
      for (size_t i = 0; i < pooled; ++i) {
        for (size_t d = 0; d < dims_; ++d) row.vector[d] += hidden[i * dims_ + d];
      }
      hidden += shape[1] * dims_;
    }
    return {};
  }

  RequestPool requests_;
  const Pooling pooling_;
  const size_t dims_;
  const size_t max_tokens_;
  const std::string precision_;
  std::vector<std::string> inputs_;
};

// Inputs int64 and output float32, whatever the model stores.
std::shared_ptr<ov::Model> WithPlainTypes(const std::shared_ptr<ov::Model>& model) {
  ov::preprocess::PrePostProcessor types(model);
  for (size_t i = 0; i < model->inputs().size(); ++i) types.input(i).tensor().set_element_type(ov::element::i64);
  types.output(0).tensor().set_element_type(ov::element::f32);
  return types.build();
}

}  // namespace

base::Result<std::unique_ptr<BertRuntime>> LoadOpenVinoRuntime(const ModelDescription& model, size_t threads) {
  FANIN_ASSIGN_OR_RETURN(const std::string onnx, ReadModelFile(model, "model.onnx"));
  try {
    ov::Core core;
    const auto capabilities = core.get_property("CPU", ov::device::capabilities);
    const bool bf16 = std::ranges::find(capabilities, ov::device::capability::BF16) != capabilities.end();
    const auto graph = WithPlainTypes(core.read_model(onnx, ov::Tensor()));
    auto compiled = core.compile_model(
        graph, "CPU", ov::hint::inference_precision(bf16 ? ov::element::bf16 : ov::element::f32),
        ov::num_streams(static_cast<int32_t>(threads)), ov::inference_num_threads(static_cast<int32_t>(threads)),
        ov::hint::enable_cpu_pinning(false),
        std::make_pair(std::string("CPU_RUNTIME_CACHE_CAPACITY"), ov::Any(kMaxKeptKernels)));
    return std::make_unique<OpenVinoRuntime>(model, compiled, bf16 ? "bf16" : "f32");
  } catch (const std::exception& error) {
    return Fail(Code::kInvalidArgument, (model.folder / "model.onnx").string() + ": " + error.what());
  }
}

}  // namespace fanin::retriever

#endif  // FANIN_HAVE_OPENVINO
