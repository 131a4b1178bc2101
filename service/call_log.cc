#include "service/call_log.h"

#include <glog/logging.h>

namespace fanin::service {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

void LogCall(const CallRecord& record) {
  LOG(INFO) << "event=call method=" << record.method << " front=" << record.front << " peer=" << record.peer
            << (record.caller.empty() ? "" : " caller=") << record.caller
            << " code=" << (record.error ? base::CodeName(*record.error) : "OK") << " ms=" << record.seconds * 1000
            << " request_id=" << record.request_id << (record.trace_id.empty() ? "" : " trace_id=") << record.trace_id;
}

}  // namespace fanin::service
