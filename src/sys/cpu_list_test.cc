#include "sys/cpu_list.h"

#include <gtest/gtest.h>

namespace drover::sys {
namespace {

TEST(CpuList, JoinsNeighbours) {
  EXPECT_EQ(format_cpu_list({}), "");
  EXPECT_EQ(format_cpu_list({5}), "5");
  EXPECT_EQ(format_cpu_list({0, 1, 2, 3, 7, 9, 10}), "0-3,7,9-10");
}

TEST(CpuList, ReadsWhatTheKernelAndPeopleWrite) {
  EXPECT_EQ(*parse_cpu_list("0-3,7\n"), (CpuSet{0, 1, 2, 3, 7}));
  EXPECT_EQ(*parse_cpu_list(" 3, 1 "), (CpuSet{1, 3}));
  EXPECT_EQ(*parse_cpu_list("\n"), CpuSet{});
}

TEST(CpuList, RefusesWhatIsNone) {
  for (const char* text : {"a", "1-", "-1", "3-1", "1,,2", "0-99999999999", "8192"}) {
    EXPECT_FALSE(parse_cpu_list(text)) << text;
  }
}

}  // namespace
}  // namespace drover::sys
