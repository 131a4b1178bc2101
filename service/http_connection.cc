#include "service/http_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace fanin::service {
namespace {

constexpr std::chrono::milliseconds kTransferTime{10'000};  // without a byte, within a request or an answer
constexpr std::chrono::milliseconds kIdleTime{15'000};      // between requests
constexpr std::chrono::milliseconds kLingerTime{200};
constexpr std::chrono::milliseconds kPollTime{100};  // after which an idle thread looks whether it is wanted
constexpr size_t kMaxTlsWrite = 1 << 20;
constexpr int kMaxRequestsPerConnection = 10'000;
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: application/json\r\n"
    "Content-Length: 57\r\n\r\n{\"code\":14,\"message\":\"too many connections\",\"details\":[]}";

thread_local ConnectionServer::Connection* current_connection = nullptr;
// Set where the pool has no room, so that the acceptor itself answers.
thread_local bool is_overloaded = false;

bool Wait(int socket, short events, std::chrono::milliseconds time) {
  pollfd entry{socket, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, static_cast<int>(time.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// Closing with input unread resets the connection, which may cost the peer the answer: what comes is read for a while.
void CloseGently(int socket, std::chrono::milliseconds time) {
  ::shutdown(socket, SHUT_WR);
  char discarded[16 << 10];
  const auto end = std::chrono::steady_clock::now() + time;
  do {
    if (!Wait(socket, POLLIN, time) || ::recv(socket, discarded, sizeof discarded, MSG_DONTWAIT) <= 0) break;
  } while (std::chrono::steady_clock::now() < end);
  ::close(socket);
}

void Describe(const sockaddr_storage& address, std::string& ip, int& port) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    port = ntohs(v6.sin6_port);
  }
  ip = text;
}

// What httplib reads requests from and writes answers to.
class SocketStream final : public httplib::Stream {
 public:
  // `tls`: of the socket, after its handshake; null: none.
  SocketStream(int socket, SSL* tls) : socket_(socket), tls_(tls) {}

  bool has_input(std::chrono::milliseconds time) const {
    return begin_ < end_ || (tls_ != nullptr && SSL_pending(tls_) > 0) || Wait(socket_, POLLIN, time);
  }
  bool is_readable() const override { return has_input(kTransferTime); }
  bool is_writable() const override { return Wait(socket_, POLLOUT, kTransferTime) && !Connection().IsUseless(); }

  ssize_t read(char* out, size_t size) override {
    if (begin_ == end_) {
      if (!has_input(kTransferTime)) return -1;
      const ssize_t count =
          tls_ == nullptr ? ::recv(socket_, buffer_, sizeof buffer_, 0) : SSL_read(tls_, buffer_, sizeof buffer_);
      if (count <= 0) return count;
      begin_ = 0;
      end_ = static_cast<size_t>(count);
    }
    const size_t count = std::min(size, end_ - begin_);
    std::copy_n(buffer_ + begin_, count, out);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* data, size_t size) override {
    if (!Wait(socket_, POLLOUT, kTransferTime)) return -1;
    if (tls_ != nullptr) return SSL_write(tls_, data, static_cast<int>(std::min(size, kMaxTlsWrite)));
    return ::send(socket_, data, size, MSG_NOSIGNAL);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0) Describe(address, ip, port);
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0) Describe(address, ip, port);
  }
  socket_t socket() const override { return socket_; }

 private:
  static const ConnectionServer::Connection& Connection() { return ConnectionServer::Current(); }

  const int socket_;
  SSL* const tls_;
  size_t begin_ = 0;
  size_t end_ = 0;
  char buffer_[16 << 10];
};

}  // namespace

class ConnectionServer::Pool final : public httplib::TaskQueue {
 public:
  explicit Pool(ConnectionServer& server) : server_(server) {
    for (size_t i = 0; i < server.limits_.threads; ++i) threads_.emplace_back([this] { Work(); });
    server_.pool_ = this;
  }

  void enqueue(std::function<void()> task) override {
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.size() < server_.limits_.waiting) {
        tasks_.push_back(std::move(task));
        waiting_ = tasks_.size();
        changed_.notify_one();
        return;
      }
    }
    is_overloaded = true;
    task();
    is_overloaded = false;
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      is_shut_down_ = true;
    }
    changed_.notify_all();
    threads_.clear();
    server_.pool_ = nullptr;
  }

  bool has_waiting() const { return waiting_ > 0; }

 private:
  void Work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_shut_down_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      waiting_ = tasks_.size();
      lock.unlock();
      task();
    }
  }

  ConnectionServer& server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool is_shut_down_ = false;
  std::atomic<size_t> waiting_ = 0;
  std::vector<std::jthread> threads_;
};

ConnectionServer::ConnectionServer(const ConnectionLimits& limits) : limits_(limits) {
  new_task_queue = [this] { return new Pool(*this); };  // httplib takes ownership
}

void ConnectionServer::SetTls(SslContext context) {
  const std::lock_guard lock(mutex_);
  tls_ = std::move(context);
}

void ConnectionServer::StopSoon() {
  stopping_ = true;
  stop();
}

ConnectionServer::Connection& ConnectionServer::Current() {
  FANIN_CHECK(current_connection != nullptr);
  return *current_connection;
}

bool ConnectionServer::Connection::IsUseless() const {
  if (stopping_) return true;
  char byte = 0;
  const ssize_t count = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool ConnectionServer::IsWanted() const { return stopping_ || pool_->has_waiting(); }

bool ConnectionServer::process_and_close_socket(socket_t socket) {
  if (is_overloaded) {
    ::send(socket, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    CloseGently(socket, std::chrono::milliseconds(0));
    return false;
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SslContext context;
  {
    const std::lock_guard lock(mutex_);
    context = tls_;
  }
  if (context == nullptr) {
    Serve(socket, nullptr);
    CloseGently(socket, kLingerTime);
    return true;
  }
  // A record that does not arrive whole, or a handshake that does not go on, ends by these.
  const timeval time{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(kTransferTime).count(), .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()), SSL_free);
  if (tls != nullptr && SSL_set_fd(tls.get(), socket) == 1 && SSL_accept(tls.get()) == 1 && Serve(socket, tls.get())) {
    SSL_shutdown(tls.get());
  }
  ERR_clear_error();  // of this thread: a client's mistake is not to be seen as the next one's
  CloseGently(socket, kLingerTime);
  return true;
}

// Serves the requests of one connection; false: it is broken.
bool ConnectionServer::Serve(int socket, SSL* tls) {
  SocketStream stream(socket, tls);
  Connection connection(socket, stopping_);
  current_connection = &connection;
  bool ok = true;
  for (int served = 0; served < kMaxRequestsPerConnection; ++served) {
    const auto idle_end = std::chrono::steady_clock::now() + kIdleTime;
    while (!stream.has_input(kPollTime) && !IsWanted() && std::chrono::steady_clock::now() < idle_end) {
    }
    if (!stream.has_input(std::chrono::milliseconds(0))) break;
    bool closed = false;
    ok = process_request(stream, /*close_connection=*/false, closed, [](httplib::Request& request) {
      // httplib compresses at the slowest level; nearly all clients are on this machine.
      request.headers.erase("Accept-Encoding");
    });
    if (!ok || closed || connection.close_after_answer()) break;
  }
  current_connection = nullptr;
  return ok;
}

}  // namespace fanin::service
