#pragma once

#include "rpc/frame.h"

#include <cstdint>
#include <memory>
#include <string>

namespace drover::rpc {

// The server's end of one node's stream. Thread-safe; can be kept after it has ended. An interface, so that tests and
// the simulation need no network.
class NodeStream {
 public:
  virtual ~NodeStream() = default;

  // Unique in this process, never 0.
  virtual uint64_t id() const = 0;
  // "ipv4:10.0.0.7:41522", for logs.
  virtual const std::string& peer() const = 0;

  // Queues the message; false once the stream is ending. A stream whose node does not take its messages fast enough is
  // cut when the queue's bound is reached: then false, too, and on_close follows.
  virtual bool send(const AnyMessage& message) = 0;
  virtual bool send(Frame frame) = 0;  // encoded once, for many nodes

  // Sends what is queued and ends the stream; the node hears the reason. No message is delivered any more, on_close
  // follows. Idempotent: the first reason counts.
  virtual void close(std::string reason) = 0;
};

// What the owner of the server does with one stream. Called on the server's executor, in this order: on_open, any
// number of on_message, on_close, once; destroyed after it.
class NodeStreamHandler {
 public:
  virtual ~NodeStreamHandler() = default;
  virtual void on_open(const std::shared_ptr<NodeStream>& stream) = 0;
  virtual void on_message(const std::shared_ptr<NodeStream>& stream, AnyMessage message) = 0;
  virtual void on_close(const std::shared_ptr<NodeStream>& stream, const std::string& reason) = 0;
};

}  // namespace drover::rpc
