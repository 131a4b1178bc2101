#include "retriever/embed_bert.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "base/work_queue.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Status;

// A batch holds at most this many tokens, padding included: enough to use the caches well, small enough that a query
// does not wait long behind it. Set by hand, not measured.
constexpr size_t kBatchTokens = 512;
// At most this part of a batch is padding.
constexpr double kMaxPadding = 0.05;

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// Cuts texts that are sorted by length, longest first, into batches.
std::vector<Range> CutBatches(std::span<const BatchRow> rows) {
  std::vector<Range> batches;
  size_t tokens = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t length = rows[i].tokens->size();
    if (!batches.empty()) {
      const size_t padded = (i + 1 - batches.back().begin) * rows[batches.back().begin].tokens->size();
      const auto padding = static_cast<double>(padded - tokens - length);
      if (padded <= kBatchTokens && padding <= kMaxPadding * static_cast<double>(padded)) {
        batches.back().end = i + 1;
        tokens += length;
        continue;
      }
    }
    batches.push_back({i, i + 1});
    tokens = length;
  }
  return batches;
}

}  // namespace

Status Normalize(std::span<float> vector) {
  double sum = 0;
  for (float value : vector) sum += static_cast<double>(value) * value;
  if (!std::isfinite(sum) || sum == 0)
    return Fail(Code::kInternal, "the embedding model gave a vector without direction");
  const auto scale = static_cast<float>(1 / std::sqrt(sum));
  for (float& value : vector) value *= scale;
  return {};
}

BertEmbedder::BertEmbedder(const ModelDescription& model, WordPieceTokenizer tokenizer,
                           std::unique_ptr<BertRuntime> runtime, size_t threads)
    : identity_(model.Identity()),
      query_prefix_(model.query_prefix),
      passage_prefix_(model.passage_prefix),
      max_tokens_(model.max_tokens),
      tokenizer_(std::move(tokenizer)),
      runtime_(std::move(runtime)),
      threads_(threads) {}

std::string BertEmbedder::DescribeRuntime() const {
  return runtime_->Describe() + ", " + std::to_string(threads_) + " threads";
}

TokenIds BertEmbedder::Tokenize(std::string_view prefix, std::string_view text) const {
  if (prefix.empty()) return tokenizer_.Encode(text, max_tokens_);
  return tokenizer_.Encode(std::string(prefix).append(text), max_tokens_);
}

Status BertEmbedder::EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) {
  const size_t dims = identity_.dims;
  FANIN_CHECK(out.size() == texts.size() * dims);
  std::vector<TokenIds> tokens(texts.size());
  std::vector<BatchRow> rows(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    tokens[i] = Tokenize(passage_prefix_, texts[i]);
    rows[i] = {&tokens[i], out.data() + i * dims};
  }
  // Longest first: the last batches to run are short, so that threads finish together.
  std::stable_sort(rows.begin(), rows.end(),
                   [](const BatchRow& a, const BatchRow& b) { return a.tokens->size() > b.tokens->size(); });
  const auto batches = CutBatches(rows);

  std::mutex mutex;
  Status first_error;
  base::ParallelFor(batches.size(), threads_, [&](size_t, size_t i) {
    const std::span batch(rows.begin() + static_cast<ptrdiff_t>(batches[i].begin), batches[i].end - batches[i].begin);
    Status status = runtime_->Forward(batch);
    for (const BatchRow& row : batch) {
      if (status) status = Normalize({row.vector, dims});
    }
    if (status) return;
    const std::lock_guard lock(mutex);
    if (first_error) first_error = std::move(status);
  });
  return first_error;
}

base::Result<std::vector<float>> BertEmbedder::EmbedQuery(std::string_view text) {
  const TokenIds tokens = Tokenize(query_prefix_, text);
  std::vector<float> vector(identity_.dims);
  const BatchRow row{&tokens, vector.data()};
  FANIN_RETURN_IF_ERROR(runtime_->Forward({&row, 1}));
  FANIN_RETURN_IF_ERROR(Normalize(vector));
  return vector;
}

}  // namespace fanin::retriever
