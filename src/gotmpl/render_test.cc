#include <gtest/gtest.h>

#include "gotmpl/records.h"
#include "gotmpl/test_support.h"

// Dependencies: what is used, what is awaited, what fails.
namespace drover::gotmpl {
namespace {

Rendering rendered(std::string_view text, TestSources& sources, const Options& options = {.name = "t"}) {
  const auto parsed = Template::parse(text, options);
  EXPECT_TRUE(parsed) << parsed.error().format();
  return parsed ? parsed->render(sources, kTestNow) : Rendering{};
}

std::vector<std::string> names(const std::vector<Dependency>& dependencies) {
  std::vector<std::string> out;
  for (const Dependency& dependency : dependencies) out.push_back(dependency.to_string());
  return out;
}

using Names = std::vector<std::string>;

Value pair(std::string key, std::string value) {
  return to_value(KeyPair{.path = "p/" + key, .key = std::move(key), .value = std::move(value)});
}

NomadServiceInstance instance(std::string address, int64_t port, std::vector<std::string> tags) {
  return {.id = "i", .name = "web", .address = std::move(address), .port = port, .tags = std::move(tags)};
}

TEST(Render, ReadsTheEnvironmentOfTheTask) {
  TestSources sources;
  sources.environment = {{"CLUSTER_ID", "C1"}, {"BLANK", ""}};
  EXPECT_EQ(render("{{ env \"CLUSTER_ID\" | toLower }}{{ env \"HOME\" }}", {}, {}, &sources), "c1");
  EXPECT_EQ(
      render("{{ or (env \"NOPE\") \"12345\" }} {{ envOrDefault \"NOPE\" \"d\" }}[{{ envOrDefault \"BLANK\" \"d\" }}]",
             {}, {}, &sources),
      "12345 d[]");
  EXPECT_EQ(render("{{ mustEnv \"NOPE\" }}", {}, {.name = "t"}, &sources),
            "error: t:1:4: executing \"t\" at <mustEnv \"NOPE\">: error calling mustEnv: required environment variable "
            "NOPE is empty");
  EXPECT_TRUE(rendered("{{ env \"CLUSTER_ID\" }}", sources).used.empty());
}

TEST(Render, WaitsForWhatIsPendingAndFindsAllOfIt) {
  TestSources sources;
  const Rendering out = rendered(
      "{{ key \"a\" }}{{ with secret \"kv/db\" }}{{ .Data.x }}{{ end }}{{ key \"a\" }}{{ key \"b\" }}", sources);
  EXPECT_FALSE(out.ready());
  EXPECT_EQ(out.text, "");
  EXPECT_EQ(names(out.used), (Names{"kv.block(a)", "vault.read(kv/db)", "kv.block(b)"}));
  EXPECT_EQ(out.missing.size(), 3U);
  EXPECT_EQ(sources.asked, 3U);
}

TEST(Render, ErrorsWaitUntilEverythingIsThere) {
  TestSources sources;
  constexpr std::string_view kText = "{{ index (service \"web\") 0 }}";
  EXPECT_EQ(render(kText, {}, {.name = "t"}, &sources), "missing: health.service(web)");
  sources.answers["health.service(web)"] = Answer::known(Value::list({}));
  const Rendering out = rendered(kText, sources);
  ASSERT_TRUE(out.error);
  EXPECT_NE(out.error->message.find("index out of range: 0"), std::string::npos);
  EXPECT_EQ(names(out.used), Names{"health.service(web)"}) << "the caller renders again when the service changes";
}

TEST(Render, KeysBlockOrHaveDefaults) {
  TestSources sources;
  sources.answers = {{"kv.block(redis/maxconns)", Answer::known("15")}, {"kv.block(gone)", Answer::absent()}};
  EXPECT_EQ(render("{{ key \"redis/maxconns\" }}", {}, {}, &sources), "15");
  EXPECT_EQ(render("{{ key \"gone\" }}", {}, {}, &sources), "missing: kv.block(gone)");
  EXPECT_EQ(render("{{ keyOrDefault \"gone\" \"5\" }}{{ keyExists \"gone\" }}{{ keyExists \"redis/maxconns\" }}", {},
                   {}, &sources),
            "5falsetrue");
  EXPECT_EQ(render("{{ with $k := keyExistsGet \"redis/maxconns\" }}{{ .Exists }}{{ .Value }}{{ end }}{{ (keyExistsGet "
                   "\"gone\").Exists }}",
                   {}, {}, &sources),
            "true15false");
  EXPECT_EQ(render("{{ keyOrDefault \"new\" \"5\" }}", {}, {}, &sources), "missing: kv.block(new)");
}

TEST(Render, ListsKeysByPrefix) {
  TestSources sources;
  sources.answers["kv.list(redis)"] = Answer::known(
      Value::list({pair("maxconns", "15"), pair("nested/config/value", "v"), pair("dir/", ""), pair("", "")}));
  sources.answers["kv.list(none)"] = Answer::known(Value::list({}));
  EXPECT_EQ(render("{{ range ls \"redis\" }}{{ .Key }}:{{ .Value }};{{ end }}", {}, {}, &sources), "maxconns:15;");
  EXPECT_EQ(render("{{ range tree \"redis\" }}{{ .Key }}:{{ .Value }};{{ end }}", {}, {}, &sources),
            "maxconns:15;nested/config/value:v;");
  EXPECT_EQ(render("{{ tree \"redis\" | explode | toJSON }}", {}, {}, &sources),
            "{\"maxconns\":\"15\",\"nested\":{\"config\":{\"value\":\"v\"}}}");
  EXPECT_EQ(render("{{ range $k, $p := tree \"redis\" | byKey }}{{ $k }}:{{ range $p }}{{ .Key }}={{ .Value }}{{ end "
                   "}}{{ end }}",
                   {}, {}, &sources),
            "nested:config/value=v");
  EXPECT_EQ(render("{{ ls \"none\" }}{{ tree \"none\" }}", {}, {}, &sources), "[][]");
  EXPECT_EQ(render("{{ safeLs \"none\" }}", {}, {}, &sources), "missing: kv.list(none)");
  EXPECT_EQ(render("{{ safeTree \"none\" }}", {}, {}, &sources), "missing: kv.list(none)");
}

TEST(Render, FindsDroversOwnServices) {
  TestSources sources;
  sources.answers["nomad.service(web)"] = Answer::known(
      Value::list({to_value(instance("10.0.0.1", 80, {"a", "b"})), to_value(instance("10.0.0.2", 81, {"b"}))}));
  sources.answers["nomad.service(1,key,web)"] = Answer::known(Value::list({to_value(instance("10.0.0.2", 81, {}))}));
  sources.answers["nomad.services"] =
      Answer::known(Value::list({to_value(NomadServiceName{.name = "web", .tags = {"a"}})}));
  EXPECT_EQ(render("{{ range nomadService \"web\" }}server {{ .Address }}:{{ .Port }}\n{{ end }}", {}, {}, &sources),
            "server 10.0.0.1:80\nserver 10.0.0.2:81\n");
  EXPECT_EQ(render("{{ range nomadService 1 \"key\" \"web\" }}{{ .Address }}{{ end }}", {}, {}, &sources), "10.0.0.2");
  EXPECT_EQ(render("{{ range nomadServices }}{{ .Name }} {{ .Tags | join \",\" }}{{ end }}", {}, {}, &sources),
            "web a");
  EXPECT_EQ(render("{{ range $t, $s := nomadService \"web\" | byTag }}{{ $t }}{{ len $s }}{{ end }}", {}, {}, &sources),
            "a1b2");
  EXPECT_EQ(render("{{ range $p, $s := nomadService \"web\" | byPort }}{{ $p }} {{ end }}", {}, {}, &sources),
            "80 81 ");
  EXPECT_NE(render("{{ range nomadService \"web\" }}{{ .Adress }}{{ end }}", {}, {}, &sources)
                .find("can't evaluate field Adress in type *dependency.NomadService"),
            std::string::npos);
  EXPECT_NE(render("{{ nomadService 0 \"k\" \"web\" }}", {}, {}, &sources).find("expected a count above 0"),
            std::string::npos);
}

TEST(Render, GroupsServicesByMeta) {
  TestSources sources;
  const auto service = [](std::string_view env, std::string_view shard) {
    return Value::record("*dependency.HealthService",
                         {{"ServiceMeta", Value::string_map({{"environment", env}, {"shard_number", shard}})}});
  };
  sources.answers["health.service(redis|any)"] =
      Answer::known(Value::list({service("dev", "1"), service("prod", "1"), service("prod", "2")}));
  EXPECT_EQ(
      render("{{ range $k, $s := service \"redis|any\" | byMeta \"environment,shard_number|int\" }}{{ $k }} {{ end }}",
             {}, {}, &sources),
      "dev_00001 prod_00001 prod_00002 ");
}

TEST(Render, ReadsVariables) {
  TestSources sources;
  sources.answers["nomad.var.block(nomad/jobs/web)"] =
      Answer::known(variable_items({{"user", "u"}, {"password", "p"}}));
  sources.answers["nomad.var.block(none)"] = Answer::absent();
  EXPECT_EQ(render("{{ with nomadVar \"nomad/jobs/web\" }}{{ .user }}/{{ .password }}{{ end }}", {}, {}, &sources),
            "u/p");
  EXPECT_EQ(render("{{ nomadVarExists \"none\" }}{{ nomadVarExists \"nomad/jobs/web\" }}", {}, {}, &sources),
            "falsetrue");
  EXPECT_EQ(render("{{ nomadVar \"none\" }}", {}, {}, &sources), "missing: nomad.var.block(none)");
}

TEST(Render, FilesComeFromTheSource) {
  TestSources sources;
  sources.answers["file(/local/a)"] = Answer::known("content");
  sources.answers["file(/etc/shadow)"] = Answer::failed("/etc/shadow is outside of the task's folder");
  sources.answers["file(/local/none)"] = Answer::absent();
  EXPECT_EQ(render("{{ file \"/local/a\" }}", {}, {}, &sources), "content");
  EXPECT_NE(render("{{ file \"/etc/shadow\" }}", {}, {}, &sources).find("outside of the task's folder"),
            std::string::npos);
  EXPECT_NE(render("{{ file \"/local/none\" }}", {}, {}, &sources).find("no such file"), std::string::npos);
}

TEST(Render, SourcesThatAreNotThereFailTheTemplate) {
  TestSources sources;
  sources.answers["vault.read(secret/x)"] = Answer::failed("this cluster has no Vault");
  const std::string out = render("{{ with secret \"secret/x\" }}{{ .Data }}{{ end }}", {}, {.name = "t"}, &sources);
  EXPECT_EQ(out,
            "error: t:1:9: executing \"t\" at <secret \"secret/x\">: error calling secret: this cluster has no Vault");
}

TEST(Render, KeepsSecretsOutOfMessages) {
  TestSources sources;
  sources.answers["vault.read(db)"] =
      Answer::known(Value::record("*dependency.Secret", {{"Data", Value::map({{"password", "hunter2"}})}}));
  const std::string out = render("{{ with secret \"db\" }}{{ parseInt .Data.password }}{{ end }}", {}, {}, &sources);
  EXPECT_EQ(out.find("hunter2"), std::string::npos) << out;
  EXPECT_NE(out.find("[redacted]"), std::string::npos) << out;
  EXPECT_EQ((Dependency{.kind = Dependency::Kind::Secret, .args = {"pki/issue", "token=hunter2"}}).to_string(),
            "vault.read(pki/issue)");
}

TEST(Render, OneTemplateRendersManyTimes) {
  const auto parsed = Template::parse("{{ key \"a\" }}", {});
  ASSERT_TRUE(parsed);
  TestSources sources;
  EXPECT_FALSE(parsed->render(sources, kTestNow).ready());
  sources.answers["kv.block(a)"] = Answer::known("1");
  EXPECT_EQ(parsed->render(sources, kTestNow).text, "1");
  sources.answers["kv.block(a)"] = Answer::known("2");
  EXPECT_EQ(parsed->render(sources, kTestNow).text, "2");
}

}  // namespace
}  // namespace drover::gotmpl
