// The files of TLS: a certificate chain and its key, and the authorities of clients' certificates. OpenSSL's contexts
// are made of them, for the HTTP front end and to tell what is wrong before gRPC is given them.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>

#include "base/error.h"

namespace fanin::service {

struct TlsFiles {
  std::filesystem::path certificate;  // PEM, the server's own first
  std::filesystem::path key;          // PEM, without a pass phrase
  std::filesystem::path client_ca;    // PEM; empty: clients need no certificate

  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

using SslContext = std::shared_ptr<SSL_CTX>;

// A server's context: TLS 1.2 and later; with client_ca a client without a certificate of it is refused. Errors:
// INVALID_ARGUMENT, naming the file: it cannot be read, key and certificate do not fit.
base::Result<SslContext> MakeServerContext(const TlsFiles& files);

}  // namespace fanin::service
