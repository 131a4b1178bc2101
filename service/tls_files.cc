#include "service/tls_files.h"

#include <openssl/err.h>

#include <string>

namespace fanin::service {
namespace {

std::unexpected<base::Error> FailTls(const std::string& what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return base::Fail(base::Code::kInvalidArgument, what + (reason == nullptr ? "" : std::string(": ") + reason));
}

// A key with a pass phrase is refused: nobody is there to type it.
int NoPassPhrase(char*, int, int, void*) { return -1; }

}  // namespace

base::Result<SslContext> MakeServerContext(const TlsFiles& files) {
  ERR_clear_error();
  const SslContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  FANIN_CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_default_passwd_cb(context.get(), NoPassPhrase);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return FailTls("certificate " + files.certificate.string() + " cannot be read");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return FailTls("key " + files.key.string() + " cannot be used with the certificate");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return FailTls("key " + files.key.string() + " is not that of the certificate");
  }
  if (files.client_ca.empty()) return context;
  if (SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(), nullptr) != 1) {
    return FailTls("client_ca " + files.client_ca.string() + " cannot be read");
  }
  SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(files.client_ca.c_str()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

}  // namespace fanin::service
