#include "model/cron.h"

#include "base/duration.h"
#include "base/random.h"

#include <set>

#include <gtest/gtest.h>

namespace drover::model {
namespace {

TimeZone zone_of(const char* name) {
  return TimeZone::load(name).value();
}

WallTime utc(const char* text) {
  CivilTime t;
  std::sscanf(text, "%d-%d-%d %d:%d:%d", &t.year, &t.month, &t.day, &t.hour, &t.minute, &t.second);
  return TimeZone::utc().resolve(t).at.value();
}

std::vector<std::string> next_n(const char* spec, const char* after, size_t count, const char* zone = "UTC") {
  std::vector<std::string> out;
  for (const WallTime time : Cron::parse(spec).value().next_n(utc(after), count, zone_of(zone))) {
    out.push_back(format_time(time));
  }
  return out;
}

std::string next(const char* spec, const char* after, const char* zone = "UTC") {
  const auto times = next_n(spec, after, 1, zone);
  return times.empty() ? "never" : times[0];
}

struct Case {
  const char* spec;
  const char* after;
  const char* expected;
};

TEST(Cron, ComesAsHashicorpsCronexpr) {
  const Case table[] = {
      {"* * * * * * *", "2013-02-28 23:59:59", "2013-03-01T00:00:00Z"},
      {"* * * * * * *", "2016-02-28 23:59:59", "2016-02-29T00:00:00Z"},
      {"*/5 * * * * * *", "2013-01-01 00:00:00", "2013-01-01T00:00:05Z"},
      {"*/5 * * * * * *", "2012-12-31 23:59:59", "2013-01-01T00:00:00Z"},
      {"* * * * *", "2013-01-01 00:00:59", "2013-01-01T00:01:00Z"},
      {"* * * * *", "2016-02-28 23:59:00", "2016-02-29T00:00:00Z"},
      {"17-43/5 * * * *", "2013-01-01 00:30:00", "2013-01-01T00:32:00Z"},
      {"17-43/5 * * * *", "2013-02-28 23:50:00", "2013-03-01T00:17:00Z"},
      {"15-30/4,55 * * * *", "2013-01-01 00:16:00", "2013-01-01T00:19:00Z"},
      {"15-30/4,55 * * * *", "2012-12-31 23:55:00", "2013-01-01T00:15:00Z"},
      {"0 0 * * MON", "2013-01-28 00:00:00", "2013-02-04T00:00:00Z"},
      {"0 0 * * friday", "2013-12-30 00:30:00", "2014-01-03T00:00:00Z"},
      {"0 0 * * 6,7", "2013-01-28 00:00:00", "2013-02-02T00:00:00Z"},
      {"0 0 * * 5-7", "2013-01-05 12:00:00", "2013-01-06T00:00:00Z"},
      {"0 0 * * 5-7/2", "2013-01-05 12:00:00", "2013-01-06T00:00:00Z"},
      {"0 0 * * fri-sun", "2013-01-05 12:00:00", "2013-01-06T00:00:00Z"},
      {"0 0 * * 0-0", "2013-01-08 12:00:00", "2013-01-13T00:00:00Z"},
      {"0 0 * * 7-7", "2013-01-08 12:00:00", "2013-01-13T00:00:00Z"},
      {"0 0 * * sun-sun", "2013-01-08 12:00:00", "2013-01-13T00:00:00Z"},
      {"0 0 * * 0-7", "2013-01-08 12:00:00", "2013-01-09T00:00:00Z"},
      {"0 0 * * 7-1", "2013-01-08 12:00:00", "2013-01-13T00:00:00Z"},
      {"0 0 * * 6#5", "2013-09-02 00:00:00", "2013-11-30T00:00:00Z"},
      {"0 0 * * SAT#5", "2013-11-30 00:00:00", "2014-03-29T00:00:00Z"},
      {"0 0 14W * *", "2013-03-31 00:00:00", "2013-04-15T00:00:00Z"},
      {"0 0 14W * *", "2013-08-31 00:00:00", "2013-09-13T00:00:00Z"},
      {"0 0 1w * *", "2013-05-31 00:00:00", "2013-06-03T00:00:00Z"},
      {"0 0 30W * *", "2013-03-02 00:00:00", "2013-03-29T00:00:00Z"},
      {"0 0 30W * *", "2013-09-02 00:00:00", "2013-09-30T00:00:00Z"},
      {"0 0 L * *", "2014-02-01 00:00:00", "2014-02-28T00:00:00Z"},
      {"0 0 L * *", "2016-02-15 00:00:00", "2016-02-29T00:00:00Z"},
      {"0 0 L-3 * *", "2016-02-15 00:00:00", "2016-02-26T00:00:00Z"},
      {"0 0 LW * *", "2014-08-15 00:00:00", "2014-08-29T00:00:00Z"},
      {"0 0 * * 5L", "2014-08-15 00:00:00", "2014-08-29T00:00:00Z"},
      {"0 0 * * THUL", "2014-08-15 00:00:00", "2014-08-28T00:00:00Z"},
      {"0 0 * 04 * *", "2014-04-03 03:00:00", "2014-04-04T00:00:00Z"},
      {"0 0 1 january *", "2014-04-03 03:00:00", "2015-01-01T00:00:00Z"},
      {"0 0 29 2 *", "2013-08-29 09:28:00", "2016-02-29T00:00:00Z"},
      {"0 0 29 2 *", "2096-03-01 00:00:00", "never"},
      {"* * * * * 1980", "2013-08-31 00:00:00", "never"},
      {"* * * * * 2050", "2013-08-31 00:00:00", "2050-01-01T00:00:00Z"},
      {"0 0 1 1 * 2099", "1969-06-01 00:00:00", "2099-01-01T00:00:00Z"},
      {"30 0 12 1,15 JAN,JUL ? 2030", "2020-01-01 00:00:00", "2030-01-01T12:00:30Z"},
      {"@yearly", "2020-01-01 00:00:00", "2021-01-01T00:00:00Z"},
      {"@annually", "2020-01-01 00:00:00", "2021-01-01T00:00:00Z"},
      {"@monthly", "2020-01-01 00:00:00", "2020-02-01T00:00:00Z"},
      {"@weekly", "2020-01-01 00:00:00", "2020-01-05T00:00:00Z"},
      {" @daily ", "2020-01-01 00:00:00", "2020-01-02T00:00:00Z"},
      {"@midnight", "2020-01-01 00:00:00", "2020-01-02T00:00:00Z"},
      {"@hourly", "2020-01-01 00:00:00", "2020-01-01T01:00:00Z"},
      {"20/15 * * * *", "2020-01-01 00:21:00", "2020-01-01T00:35:00Z"},
      // Both kinds of days restricted: either.
      {"0 0 13 * 5", "2020-01-04 00:00:00", "2020-01-10T00:00:00Z"},
      {"0 0 13 * 5", "2020-01-10 00:00:00", "2020-01-13T00:00:00Z"},
      {"0 0 13 * ?", "2020-01-10 00:00:00", "2020-01-13T00:00:00Z"},
      {"\t0  0 1 * *\n", "2020-01-10 00:00:00", "2020-02-01T00:00:00Z"},
  };
  for (const auto& [spec, after, expected] : table) EXPECT_EQ(next(spec, after), expected) << spec << " " << after;
}

TEST(Cron, SaysWhereItIsWrong) {
  struct Wrong {
    const char* spec;
    const char* part;
  };
  const Wrong table[] = {
      {"", "has 0 fields"},
      {"* * * *", "has 4 fields"},
      {"* * * * * * * *", "has 8 fields"},
      {"*/0 * * * *", "minute \"0\" at character 3"},
      {"*/60 * * * *", "from 1 to 59"},
      {"*/ * * * *", "minute \"\" at character 3"},
      {"*/99999999999999999999999 * * * *", "the step"},
      {"60 * * * *", "minute \"60\" at character 1: it must be a number from 0 to 59"},
      {"* 24 * * *", "hour \"24\" at character 3"},
      {"* * 0 * *", "day of month \"0\" at character 5"},
      {"* * * 13 *", "month \"13\" at character 7"},
      {"* * * JANU *", "or JAN to DEC"},
      {"* * * * 8", "day of week \"8\" at character 9"},
      {"* * * * L", "5L (the last Friday)"},
      {"* * * * 5#6", "from 1 to 5"},
      {"* * * * 6-1", "\"6-7,0-1\""},
      {"* 22-2 * * *", "\"22-23,0-2\""},
      {"* * L-31 * *", "from 1 to 30"},
      {"* * 32W * *", "day of month \"32\" at character 5"},
      {"1,,2 * * * *", "minute \"\" at character 3"},
      {"1,2, * * * *", "between two commas"},
      {"?/5 * * * *", "\"?\" has no step"},
      {"* * * * * 1969", "year \"1969\" at character 11"},
      {"a * * * *", "minute \"a\" at character 1"},
      {"-1 * * * *", "minute \"\" at character 1"},
      {"*-5 * * * *", "minute \"*\""},
      {"* * * * 1W", "day of week \"1W\""},
      {"*/15 - * * *", "hour \"\" at character 6"},
      {"@never", "@hourly"},
      {"@daily 5", "@hourly"},
  };
  for (const auto& [spec, part] : table) {
    const auto parsed = Cron::parse(spec);
    ASSERT_FALSE(parsed) << spec;
    EXPECT_NE(parsed.error().message().find(part), std::string::npos) << spec << ": " << parsed.error().message();
  }
  EXPECT_FALSE(Cron::parse(std::string(100'000, '*')));
}

TEST(Cron, EndsQuicklyForDaysThatNeverCome) {
  for (const char* spec : {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 29 2 * 2100", "0 0 29 2 * 2001", "0 0 L-30 2 *"}) {
    const auto cron = Cron::parse(spec);
    if (!cron) continue;  // a year that is too late
    EXPECT_FALSE(cron->ever_comes()) << spec;
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(cron->next({}, TimeZone::utc()));
  }
  EXPECT_TRUE(Cron::parse("0 0 30 2 1")->ever_comes());
  EXPECT_TRUE(Cron::parse("0 0 29 2 *")->ever_comes());
}

TEST(Cron, ASkippedLocalTimeDoesNotCome) {
  // 2026-03-29 02:00 +01:00 is followed by 03:00 +02:00.
  EXPECT_EQ(next_n("30 2 * * *", "2026-03-28 00:00:00", 3, "Europe/Berlin"),
            (std::vector<std::string>{"2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"}));
  EXPECT_EQ(next_n("0 * * * *", "2026-03-29 00:00:00", 2, "Europe/Berlin"),
            (std::vector<std::string>{"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"}));
  EXPECT_EQ(next_n("2 2 * * * 2019", "2019-03-09 09:00:00", 2, "America/Los_Angeles"),
            (std::vector<std::string>{"2019-03-09T10:02:00Z", "2019-03-11T09:02:00Z"}));
  // A whole day that Samoa never had.
  EXPECT_EQ(next_n("0 12 * * *", "2011-12-29 00:00:00", 3, "Pacific/Apia"),
            (std::vector<std::string>{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"}));
  EXPECT_EQ(next("0 12 30 12 * 2011", "2011-12-29 00:00:00", "Pacific/Apia"), "never");
  // Clocks that go forward over midnight.
  EXPECT_EQ(next("0 0 4 11 * 2018", "2018-11-01 00:00:00", "America/Sao_Paulo"), "never");
  EXPECT_EQ(next("0 1 4 11 * 2018", "2018-11-01 00:00:00", "America/Sao_Paulo"), "2018-11-04T03:00:00Z");
}

TEST(Cron, ARepeatedLocalTimeComesOnce) {
  // 2026-10-25 02:00 to 03:00 comes twice, from 00:00 and from 01:00 UTC on.
  EXPECT_EQ(next_n("30 2 * * *", "2026-10-24 12:00:00", 2, "Europe/Berlin"),
            (std::vector<std::string>{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
  EXPECT_EQ(next("30 2 * * *", "2026-10-25 00:30:00", "Europe/Berlin"), "2026-10-26T01:30:00Z");
  EXPECT_EQ(next("30 2 * * *", "2026-10-25 01:10:00", "Europe/Berlin"), "2026-10-26T01:30:00Z");
  EXPECT_EQ(next_n("*/30 * * * *", "2026-10-25 00:00:00", 3, "Europe/Berlin"),
            (std::vector<std::string>{"2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"}));
  EXPECT_EQ(next_n("30 1 * * *", "2019-11-03 04:00:00", 2, "America/New_York"),
            (std::vector<std::string>{"2019-11-03T05:30:00Z", "2019-11-04T06:30:00Z"}));
  // Half an hour: 2026-04-05 01:30 to 02:00 comes twice.
  EXPECT_EQ(next_n("45 1 * * *", "2026-04-04 00:00:00", 3, "Australia/Lord_Howe"),
            (std::vector<std::string>{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z", "2026-04-06T15:15:00Z"}));
}

TEST(Cron, TakesTheEarliestOfSeveral) {
  const std::vector<Cron> schedules = {Cron::parse("0 5 * * *").value(), Cron::parse("0 4 * * *").value(),
                                       Cron::parse("0 0 * * * 1980").value()};
  EXPECT_EQ(next_launch(schedules, utc("2020-01-01 00:00:00"), TimeZone::utc()), utc("2020-01-01 04:00:00"));
  EXPECT_EQ(next_launch(schedules, utc("2020-01-01 04:30:00"), TimeZone::utc()), utc("2020-01-01 05:00:00"));
  EXPECT_FALSE(next_launch({}, {}, TimeZone::utc()));
}

TEST(Cron, StandsAnyTime) {
  const auto cron = Cron::parse("* * * * * * *").value();
  for (const int64_t nanos : {INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{0}, int64_t{999'999'999}}) {
    const auto time = cron.next({nanos}, zone_of("Europe/Berlin"));
    if (time) EXPECT_GT(time->unix_nanos, nanos);
  }
  EXPECT_EQ(cron.next({999'999'999}, TimeZone::utc()), (WallTime{1'000'000'000}));
}

// Fields made of plain values, so that the reference below needs no parser.
struct RandomSpec {
  std::set<int> values[5];  // empty: *
  std::string text;

  explicit RandomSpec(Random& random) {
    constexpr int kMin[] = {0, 0, 1, 1, 0};
    constexpr int kMax[] = {59, 23, 31, 12, 6};
    for (int field = 0; field < 5; ++field) {
      std::string part;
      if (random.below(3) != 0) {
        for (uint64_t n = 1 + random.below(4); n > 0; --n) {
          values[field].insert(kMin[field] + static_cast<int>(random.below(uint64_t(kMax[field] - kMin[field] + 1))));
        }
      }
      for (const int value : values[field]) part += (part.empty() ? "" : ",") + std::to_string(value);
      text += (field > 0 ? " " : "") + (part.empty() ? "*" : part);
    }
  }

  bool allows(int field, int value) const { return values[field].empty() || values[field].contains(value); }
  bool matches(const CivilTime& t, int weekday) const {
    const bool both = !values[2].empty() && !values[4].empty();
    const bool day = both ? allows(2, t.day) || allows(4, weekday) : allows(2, t.day) && allows(4, weekday);
    return day && allows(0, t.minute) && allows(1, t.hour) && allows(3, t.month);
  }
};

TEST(Cron, AgreesWithAScanOfEveryMinute) {
  SeededRandom random(7);
  struct Period {
    const char* zone;
    const char* from;
  };
  const Period periods[] = {{"Europe/Berlin", "2026-03-20 00:00:00"},
                            {"Europe/Berlin", "2026-10-15 00:00:00"},
                            {"America/New_York", "2024-02-25 00:00:00"},
                            {"Australia/Lord_Howe", "2026-03-30 00:00:00"},
                            {"Pacific/Apia", "2011-12-20 00:00:00"},
                            {"America/Sao_Paulo", "2018-10-30 00:00:00"},
                            {"UTC", "2099-12-10 00:00:00"}};
  constexpr int64_t kMinute = 60'000'000'000;
  constexpr int64_t kMinutes = 30 * 24 * 60;
  for (const auto& [name, from] : periods) {
    const TimeZone zone = zone_of(name);
    const WallTime start = utc(from);
    std::vector<CivilTime> civil;
    std::vector<bool> first;
    std::set<CivilTime> seen;
    for (int64_t i = 1; i <= kMinutes; ++i) {
      civil.push_back(zone.to_civil({start.unix_nanos + i * kMinute}));
      first.push_back(seen.insert(civil.back()).second);
    }
    for (int round = 0; round < 40; ++round) {
      const RandomSpec spec(random);
      std::vector<WallTime> expected;
      for (size_t i = 0; i < civil.size(); ++i) {
        const CivilTime& t = civil[i];
        if (!first[i] || t.year > kLastCronYear) continue;
        const std::chrono::weekday weekday{std::chrono::sys_days(std::chrono::year(t.year) / t.month / t.day)};
        if (spec.matches(t, static_cast<int>(weekday.c_encoding()))) {
          expected.push_back({start.unix_nanos + (static_cast<int64_t>(i) + 1) * kMinute});
        }
      }
      const auto found = Cron::parse(spec.text).value().next_n(start, expected.size(), zone);
      ASSERT_EQ(found, expected) << spec.text << " in " << name;
    }
  }
}

}  // namespace
}  // namespace drover::model
