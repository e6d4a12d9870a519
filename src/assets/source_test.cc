#include "assets/source.h"

#include "assets/request.h"
#include "assets/s3.h"

#include <gtest/gtest.h>

namespace drover::assets {
namespace {

struct Case {
  const char* source;
  const char* expected;  // "getter url subdir"
};

std::string parsed(const std::string& text, const std::map<std::string, std::string>& options = {}) {
  const auto source = parse_source(text, options);
  if (!source) return "error: " + source.error().message();
  std::string out = std::string(to_string(source->getter)) + " " + to_text(source->url);
  if (!source->subdir.empty()) out += " //" + source->subdir;
  for (const auto& [name, value] : source->settings) out += " " + name + "=" + value;
  if (!source->checksum.empty()) out += " checksum=" + source->checksum;
  if (source->archive) out += " archive=" + *source->archive;
  return out;
}

TEST(Source, IsInGoGettersSyntax) {
  constexpr Case kCases[] = {
      {"https://example.com/a.zip", "http https://example.com/a.zip"},
      {"HTTP://Example.com:8080/a?b=c&d", "http http://example.com:8080/a?b=c&d="},
      {"https://example.com/a.tar.gz//sub/dir?x=1", "http https://example.com/a.tar.gz?x=1 //sub/dir"},
      {"https://example.com/a?checksum=md5:00&archive=false",
       "http https://example.com/a checksum=md5:00 archive=false"},
      {"git::https://example.com/r.git//sub?ref=v1&depth=2", "git https://example.com/r.git //sub depth=2 ref=v1"},
      {"git::ssh://git@example.com/r.git", "git ssh://example.com/r.git"},
      {"git@github.com:org/repo.git?ref=x", "git ssh://github.com/org/repo.git ref=x"},
      {"github.com/org/repo", "git https://github.com/org/repo.git"},
      {"github.com/org/repo/some/dir?ref=v2", "git https://github.com/org/repo.git //some/dir ref=v2"},
      {"bitbucket.org/org/repo", "git https://bitbucket.org/org/repo.git"},
      {"s3::https://s3-eu-west-1.amazonaws.com/bucket/app.tar.gz",
       "s3 https://s3-eu-west-1.amazonaws.com/bucket/app.tar.gz"},
      {"bucket.s3-eu-west-1.amazonaws.com/app.tar.gz", "s3 https://bucket.s3-eu-west-1.amazonaws.com/app.tar.gz"},
      {"https://s3-us-west-2.amazonaws.com/b/k", "http https://s3-us-west-2.amazonaws.com/b/k"},
      {"gcs::https://www.googleapis.com/storage/v1/b/o", "gcs https://www.googleapis.com/storage/v1/b/o"},
      {"hg::https://example.com/r?rev=tip", "hg https://example.com/r rev=tip"},
  };
  for (const Case& c : kCases) EXPECT_EQ(parsed(c.source), c.expected) << c.source;
}

TEST(Source, OptionsWinOverTheQuery) {
  EXPECT_EQ(parsed("https://h/a?checksum=md5:1", {{"checksum", "md5:2"}, {"x", "a b"}}),
            "http https://h/a?x=a%20b checksum=md5:2");
  EXPECT_EQ(parsed("https://s3.amazonaws.com/b/k", {{"aws_access_key_id", "i"}, {"aws_access_key_secret", "s"}}),
            "s3 https://s3.amazonaws.com/b/k aws_access_key_id=i aws_access_key_secret=s");
}

// cases.md 56
TEST(Source, NothingOfTheNodeItself) {
  for (const char* bad : {"file:///etc/shadow",
                          "file::/etc/shadow",
                          "file::https://x/y",
                          "/etc/shadow",
                          "./x",
                          "../x",
                          "git::file:///srv/repo",
                          "git::/srv/repo",
                          "git::ext::sh -c id",
                          "git::ext://x/y",
                          "git::https://-oProxyCommand=id/x",
                          "hg::https://--config=x/y",
                          "ftp://h/x",
                          "s3::file:///x",
                          "https://h/a b",
                          "https://h/a\nb",
                          "https:///x",
                          "x",
                          "",
                          "hg::git::https://h/x",
                          "https://h/a//../../etc",
                          "https://h/a?filename=../x",
                          "https://h:99999/x"}) {
    EXPECT_TRUE(parsed(bad).starts_with("error: ")) << bad << " → " << parsed(bad);
  }
}

TEST(Source, SecretsAreNotShown) {
  EXPECT_EQ(redact_url("https://me:pw@h/x?token=t&ref=v1&aws_access_key_secret=s#f"),
            "https://me:redacted@h/x?token=redacted&ref=v1&aws_access_key_secret=redacted");
  EXPECT_EQ(redact_url("git::ssh://git:a@b@h/x?sshkey=AAAA"), "git::ssh://git:redacted@h/x?sshkey=redacted");
  EXPECT_EQ(redact_url("no url at all"), "no url at all");
  EXPECT_EQ(parsed("https://u:secret@h/a b").find("secret"), std::string::npos);
}

std::string s3(const std::string& text) {
  const auto source = parse_source(text, {});
  if (!source) return source.error().message();
  const auto place = parse_s3(*source, {});
  if (!place) return "error: " + place.error().message();
  return to_text(s3_object_url(*place, place->key)) + " " + place->region;
}

TEST(S3, AddressesOfEveryStyle) {
  constexpr Case kCases[] = {
      {"s3::https://s3.amazonaws.com/b/k/x", "https://s3.amazonaws.com/b/k/x us-east-1"},
      {"s3::https://s3-eu-west-1.amazonaws.com/b/k", "https://s3-eu-west-1.amazonaws.com/b/k eu-west-1"},
      {"s3::https://s3.eu-west-1.amazonaws.com/b/k", "https://s3.eu-west-1.amazonaws.com/b/k eu-west-1"},
      {"s3::https://b.s3-eu-west-1.amazonaws.com/k/x", "https://b.s3-eu-west-1.amazonaws.com/k/x eu-west-1"},
      {"my.b.s3.eu-west-1.amazonaws.com/k", "https://my.b.s3.eu-west-1.amazonaws.com/k eu-west-1"},
      {"b.s3.amazonaws.com/k", "https://b.s3.amazonaws.com/k us-east-1"},
      {"s3::http://127.0.0.1:9000/b/some%20key?region=r&version=7", "http://127.0.0.1:9000/b/some%20key?versionId=7 r"},
      {"s3://b/k/x?region=eu-west-2", "https://s3.eu-west-2.amazonaws.com/b/k/x eu-west-2"},
      {"s3::https://minio.local/", "error: the S3 address names no bucket"},
  };
  for (const Case& c : kCases) EXPECT_EQ(s3(c.source), c.expected) << c.source;
}

TEST(S3, CredentialsAreNeverMixed) {
  const std::map<std::string, std::string> env = {
      {"AWS_ACCESS_KEY_ID", "e"}, {"AWS_SECRET_ACCESS_KEY", "es"}, {"AWS_SESSION_TOKEN", "t"}};
  const auto signing = [&](const std::map<std::string, std::string>& options) {
    const Source source = parse_source("s3::http://h/b/k", options).value();
    return s3_signing(source, parse_s3(source, env).value(), env);
  };
  EXPECT_EQ(signing({}).value()->token, "t");
  EXPECT_EQ(signing({{"aws_access_key_id", "i"}, {"aws_access_key_secret", "s"}}).value()->token, "");
  EXPECT_FALSE(signing({{"aws_access_key_id", "i"}}));
  EXPECT_FALSE(signing({{"aws_profile", "p"}}));
}

TEST(S3, ListingsAreRead) {
  const auto listing = parse_s3_listing(
      "<?xml?><ListBucketResult xmlns='x'><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</"
      "NextContinuationToken><EncodingType>url</EncodingType><Contents><Key>p/x+y%2Bz</Key></Contents>"
      "<Contents><Key>p/q</Key></Contents></ListBucketResult>");
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->objects.size(), 2u);
  EXPECT_EQ(listing->objects[0].key, "p/x y+z");
  EXPECT_EQ(listing->objects[1].key, "p/q");
  EXPECT_EQ(listing->continuation, "a&b");
  EXPECT_FALSE(parse_s3_listing("<html>"));
}

TEST(Sizes, AreNomads) {
  EXPECT_EQ(parse_size("100GB").value(), 100'000'000'000U);
  EXPECT_EQ(parse_size("4 KiB").value(), 4096U);
  EXPECT_EQ(parse_size("0").value(), 0U);
  EXPECT_EQ(parse_size("1.5mb").value(), 1'500'000U);
  for (const char* bad : {"", "x", "12 parsecs", "-1", "1e30GB"}) EXPECT_FALSE(parse_size(bad)) << bad;
}

// cases.md 56
TEST(Addresses, LinkLocalOnesAreNeverReached) {
  for (const char* bad :
       {"169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"}) {
    EXPECT_FALSE(check_address(bad, Reach::Anywhere)) << bad;
  }
  for (const char* own : {"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(check_address(own, Reach::Anywhere)) << own;
    EXPECT_FALSE(check_address(own, Reach::Elsewhere)) << own;
  }
  for (const char* fine : {"10.0.0.1", "8.8.8.8", "2606:4700::1111"})
    EXPECT_TRUE(check_address(fine, Reach::Elsewhere));
}

}  // namespace
}  // namespace drover::assets
