#include "client/alloc_exec.h"

#include "base/strings.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

TEST(ExecInput, IsReadAsNomadsClientsWriteIt) {
  const auto data = parse_exec_input(R"({"stdin":{"data":"aGkK"}})");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->bytes, "hi\n");
  EXPECT_FALSE(data->close);
  EXPECT_TRUE(parse_exec_input(R"({"stdin":{"close":true}})")->close);
  const auto size = parse_exec_input(R"({"tty_size":{"height":50,"width":132}})");
  ASSERT_TRUE(size && size->size);
  EXPECT_EQ(size->size->rows, 50);
  EXPECT_EQ(size->size->columns, 132);
  const auto heartbeat = parse_exec_input(R"({"stdin":null})");
  ASSERT_TRUE(heartbeat);
  EXPECT_TRUE(heartbeat->bytes.empty() && !heartbeat->close && !heartbeat->size);
}

TEST(ExecInput, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "x", R"({"stdin":{"data":"%"}})"}) EXPECT_FALSE(parse_exec_input(text)) << text;
  const auto odd = parse_exec_input(R"({"tty_size":{"height":-4,"width":1e9}})");
  ASSERT_TRUE(odd && odd->size);
  EXPECT_EQ(odd->size->rows, 0);
}

TEST(ExecOutput, IsWrittenAsNomadsClientsReadIt) {
  EXPECT_EQ(exec_output_line({.stream = drivers::OutputStream::Stderr, .bytes = "hi\n"}),
            "{\"stderr\":{\"data\":\"aGkK\"}}\n");
  EXPECT_EQ(exec_exited_line(3), "{\"exited\":true,\"result\":{\"exit_code\":3}}\n");
}

}  // namespace
}  // namespace drover::client
