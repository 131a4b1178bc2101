// cpp-httplib's server with connections of our own: what its own cannot do is to say that the peer has gone while a
// call runs, to refuse when all threads are busy, and to leave a thread that waits on an idle connection to others.
//
// Threads: a fixed number serves connections, one each; handlers run on them.
#pragma once

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "service/tls_files.h"

namespace fanin::service {

struct ConnectionLimits {
  size_t threads = 16;
  // Connections that wait for a thread; more are answered 503 at once.
  size_t waiting = 64;
};

class ConnectionServer : public httplib::Server {
 public:
  explicit ConnectionServer(const ConnectionLimits& limits);

  // Connections that come from now on speak TLS; null: they do not.
  void SetTls(SslContext context);

  // Ends waiting for requests; running handlers are told by PeerIsGone(). listen_after_bind() returns when they ended.
  void StopSoon();

  // Of the connection that the calling handler serves.
  class Connection {
   public:
    Connection(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}
    // Whether the answer can no longer be of use. From any thread, while the handler or its content provider runs.
    bool IsUseless() const;
    // No further request is read from it: the rest of this one was not.
    void CloseAfterAnswer() { close_after_answer_ = true; }
    bool close_after_answer() const { return close_after_answer_; }

   private:
    const int socket_;
    const std::atomic<bool>& stopping_;
    bool close_after_answer_ = false;
  };
  // Requires: called by a handler.
  static Connection& Current();

 private:
  class Pool;
  bool process_and_close_socket(socket_t socket) override;
  bool IsWanted() const;
  bool Serve(int socket, SSL* tls);

  const ConnectionLimits limits_;
  std::atomic<bool> stopping_ = false;
  Pool* pool_ = nullptr;  // owned by listen_after_bind() while it runs
  std::mutex mutex_;
  SslContext tls_;  // guarded by mutex_
};

}  // namespace fanin::service
