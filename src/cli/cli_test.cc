#include "cli/cli.h"

#include "cli/commands.h"
#include "cli/test_support.h"

#include <gmock/gmock.h>

namespace drover::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Cli : public CliTest {};

TEST_F(Cli, ListsTheCommandsWhenThereIsNone) {
  EXPECT_EQ(run_cli({}), 127);
  EXPECT_THAT(err(), HasSubstr("job run"));
  EXPECT_EQ(run_cli({"-h"}), 0);
  EXPECT_THAT(out(), HasSubstr("alloc status"));
}

TEST_F(Cli, SuggestsTheCommandThatWasMeant) {
  EXPECT_EQ(run_cli({"versoin"}), 127);
  EXPECT_THAT(err(), HasSubstr("no command \"versoin\" (did you mean \"version\"?)"));
}

TEST_F(Cli, ListsTheSubcommandsOfAGroup) {
  EXPECT_EQ(run_cli({"alloc"}), 1);
  EXPECT_THAT(err(), HasSubstr("alloc logs"));
  EXPECT_THAT(err(), Not(HasSubstr("job run")));
  EXPECT_EQ(run_cli({"alloc", "frobnicate"}), 1);
  EXPECT_THAT(err(), HasSubstr("no command \"alloc frobnicate\""));
  EXPECT_EQ(run_cli({"alloc", "-h"}), 0);
}

TEST_F(Cli, HelpsWithEveryCommand) {
  for (const Command& command : all_commands()) {
    std::vector<std::string> words;
    std::istringstream name{std::string(command.name)};
    for (std::string word; name >> word;) words.push_back(word);
    words.emplace_back("-h");
    EXPECT_EQ(run_cli(words), 0) << command.name;
    EXPECT_THAT(out(), HasSubstr("Usage: drover " + std::string(command.name)));
    EXPECT_THAT(out(), HasSubstr("Exit codes:"));
  }
}

TEST_F(Cli, NamesACommandForEveryAlias) {
  for (const Alias& alias : all_aliases()) {
    EXPECT_EQ(run_cli({std::string(alias.name), "-h"}), 0) << alias.name;
    EXPECT_THAT(out(), HasSubstr("Usage: drover " + std::string(alias.target)));
  }
}

TEST_F(Cli, HandsTheAgentItsArguments) {
  EXPECT_EQ(run_cli({"agent", "-dev", "-config=x"}), 7);
  EXPECT_THAT(agent_arguments_, ElementsAre("-dev", "-config=x"));
}

TEST_F(Cli, PrintsItsVersion) {
  for (const char* word : {"version", "-version", "--version", "-v"}) {
    EXPECT_EQ(run_cli({word}), 0);
    EXPECT_EQ(out(), "Drover v1.2.3\n");
  }
}

TEST_F(Cli, RefusesWrongUsage) {
  EXPECT_EQ(run_cli({"job", "run"}), 1);
  EXPECT_THAT(err(), HasSubstr("an argument is missing"));
  EXPECT_EQ(run_cli({"job", "run", "a", "b"}), 1);
  EXPECT_THAT(err(), HasSubstr("too many arguments: \"b\""));
  EXPECT_EQ(run_cli({"job", "status", "-jsom"}), 1);
  EXPECT_THAT(err(), HasSubstr("did you mean -json?"));
  EXPECT_EQ(run_cli({"plan", "-bogus"}), 255);
  EXPECT_EQ(run_cli({"node", "status", "-t", "{{.ID}}"}), 1);
  EXPECT_THAT(err(), HasSubstr("-t is not supported"));
}

TEST_F(Cli, SaysWhatToDoWhenNoAgentAnswers) {
  EXPECT_EQ(run_cli({"job", "status", "-address=http://127.0.0.1:1"}), 1);
  EXPECT_THAT(err(), HasSubstr("Error querying jobs: connect 127.0.0.1:1: connection refused"));
  EXPECT_THAT(err(), HasSubstr("drover agent -dev"));
}

TEST_F(Cli, SendsRegionNamespaceAndToken) {
  api_.answer("GET /v1/jobs", "[]");
  variables_["NOMAD_TOKEN"] = "secret";
  variables_["NOMAD_NAMESPACE"] = "lost";
  variables_["DROVER_NAMESPACE"] = "a b";
  EXPECT_EQ(ask({"-region", "eu", "job", "status"}), 0);
  EXPECT_EQ(out(), "No running jobs\n");
  ASSERT_EQ(api_.seen().size(), 1U);
  EXPECT_EQ(api_.seen()[0].line, "GET /v1/jobs?region=eu&namespace=a%20b");
  EXPECT_EQ(api_.seen()[0].token, "secret");
}

TEST_F(Cli, TakesAnAddressWithoutSchemeAndWithSlashes) {
  api_.answer("GET /v1/jobs", "[]");
  EXPECT_EQ(run_cli({"status", "-address", api_.url().substr(7) + "/"}), 0);
  EXPECT_EQ(run_cli({"status", "-address", "https://127.0.0.1:4646"}), 1);
}

TEST_F(Cli, ShowsTheServersErrorsWithoutTheirEscapes) {
  api_.answer("GET /v1/jobs", "No cluster \x1b[2Jleader", 500);
  EXPECT_EQ(ask({"job", "status"}), 1);
  EXPECT_EQ(err(), "Error querying jobs: No cluster \\x1b[2Jleader\n");
}

TEST_F(Cli, UsesColoursOnATerminalOnly) {
  api_.answer("GET /v1/jobs", R"([{"ID":"web","Type":"service","Priority":50,"Status":"running"}])");
  EXPECT_EQ(ask({"job", "status"}), 0);
  EXPECT_THAT(out(), Not(HasSubstr("\x1b")));
  EXPECT_EQ(ask({"job", "status", "-force-color"}), 0);
  EXPECT_THAT(out(), HasSubstr("\x1b[32mrunning"));
  terminal_ = true;
  EXPECT_EQ(ask({"job", "status"}), 0);
  EXPECT_THAT(out(), HasSubstr("\x1b[32mrunning"));
  EXPECT_EQ(ask({"job", "status", "-no-color"}), 0);
  EXPECT_THAT(out(), Not(HasSubstr("\x1b")));
  variables_["NO_COLOR"] = "1";
  EXPECT_EQ(ask({"job", "status"}), 0);
  EXPECT_THAT(out(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace drover::cli
