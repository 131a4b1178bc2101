// The embedder that asks a server with an OpenAI-compatible /v1/embeddings. Internal to embed*.
#pragma once

#include <memory>

#include "base/error.h"
#include "retriever/embedder.h"

namespace fanin::retriever {

// Errors: INVALID_ARGUMENT (URL, model or dims missing or malformed). Contacts nobody.
base::Result<std::shared_ptr<Embedder>> MakeEndpointEmbedder(const EndpointConfig& config);

}  // namespace fanin::retriever
