#include "service/index_options.h"

#include <google/protobuf/util/json_util.h>

namespace fanin::service {

base::Result<v1::IndexOptions> ReadOptions(const graph::RepositoryRecord& record) {
  v1::IndexOptions options;
  if (record.options_json.empty()) return options;
  google::protobuf::util::JsonParseOptions parse;
  parse.ignore_unknown_fields = true;  // a newer version wrote them
  if (!google::protobuf::util::JsonStringToMessage(record.options_json, &options, parse).ok()) {
    return base::Fail(base::Code::kDataLoss,
                      "the stored options of repository " + record.name + " are damaged; delete it and index it again");
  }
  return options;
}

std::string EncodeOptions(const v1::IndexOptions& options) {
  std::string json;
  FANIN_CHECK(google::protobuf::util::MessageToJsonString(options, &json).ok());
  return json;
}

indexer::IndexOptions ToIndexerOptions(const std::string& root, const v1::IndexOptions& options,
                                       const base::Roots& roots) {
  indexer::IndexOptions out;
  out.root = root;
  out.roots = roots;
  out.file_lists.assign(options.file_lists().begin(), options.file_lists().end());
  out.include_dirs.assign(options.include_dirs().begin(), options.include_dirs().end());
  out.defines.assign(options.defines().begin(), options.defines().end());
  if (options.max_file_bytes() > 0) out.max_file_bytes = options.max_file_bytes();
  return out;
}

}  // namespace fanin::service
