// A whole Lambda runtime in C++ without a library: asks for an event, answers with its length, over and over.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

using std::string;

static int connect_to(const string &host, const string &port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo *addresses = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &addresses) != 0) throw std::runtime_error("no such host: " + host);
  const int connection = socket(addresses->ai_family, addresses->ai_socktype, addresses->ai_protocol);
  const int failed = connect(connection, addresses->ai_addr, addresses->ai_addrlen);
  freeaddrinfo(addresses);
  if (failed) throw std::runtime_error("cannot connect to " + host + ":" + port);
  return connection;
}

// One request on a connection of its own; the answer with its head.
static string request(const string &method, const string &path, const string &body) {
  const string api = getenv("AWS_LAMBDA_RUNTIME_API");
  const auto colon = api.rfind(':');
  const int connection = connect_to(api.substr(0, colon), api.substr(colon + 1));
  const string message = method + " /2018-06-01/runtime/invocation/" + path + " HTTP/1.1\r\nHost: " + api +
                         "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  if (write(connection, message.data(), message.size()) != static_cast<ssize_t>(message.size())) throw std::runtime_error("cannot write");
  string answer;
  char buffer[4096];
  for (ssize_t length; (length = read(connection, buffer, sizeof buffer)) > 0;) answer.append(buffer, length);
  close(connection);
  return answer;
}

static string header(const string &head, string name) {
  for (auto &letter : name) letter = static_cast<char>(tolower(letter));
  string lower = head;
  for (auto &letter : lower) letter = static_cast<char>(tolower(letter));
  const auto start = lower.find("\r\n" + name + ": ");
  if (start == string::npos) throw std::runtime_error("no header " + name);
  const auto value = start + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

int main() {
  try {
    for (;;) {
      const string answer = request("GET", "next", "");
      const auto end = answer.find("\r\n\r\n");
      const string id = header(answer.substr(0, end + 2), "Lambda-Runtime-Aws-Request-Id");
      const string event = answer.substr(end + 4);
      std::cout << "event of " << event.size() << " bytes" << std::endl;
      request("POST", id + "/response", "{\"bytes\":" + std::to_string(event.size()) + "}");
    }
  } catch (const std::exception &error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
