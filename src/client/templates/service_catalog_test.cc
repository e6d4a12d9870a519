#include "client/templates/service_catalog.h"

#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using rpc::ServiceQuery;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ServiceQuery kApi{"default", "api"};
const ServiceQuery kDb{"default", "db"};

class FakeSender final : public rpc::MessageSender {
 public:
  bool send(const rpc::AnyMessage& message) override {
    sent.push_back(std::get<rpc::WatchServices>(message).queries);
    return true;
  }
  std::vector<std::vector<ServiceQuery>> sent;
};

class ServiceCatalogTest : public ::testing::Test {
 protected:
  ServiceCatalog::Subscriber subscribe() {
    return catalog.subscribe([this](const ServiceQuery& query) { heard.push_back(query.name); });
  }
  static rpc::Services news(const ServiceQuery& query, const std::string& address) {
    return {.query = query, .instances = {{.id = "1", .service_name = query.name, .address = address}}};
  }

  ServiceCatalog catalog;
  FakeSender sender;
  std::vector<std::string> heard;
};

TEST_F(ServiceCatalogTest, AsksForWhatAllWantTogetherAndAgainOverEachStream) {
  const auto one = subscribe();
  const auto two = subscribe();
  catalog.want(one, {kApi});
  catalog.on_connected(sender);
  catalog.want(two, {kApi, kDb});
  catalog.want(one, {kApi});
  catalog.unsubscribe(two);
  EXPECT_THAT(sender.sent, ElementsAre(ElementsAre(kApi), ElementsAre(kApi, kDb), ElementsAre(kApi)));

  catalog.on_disconnected();
  FakeSender next;
  catalog.on_connected(next);
  EXPECT_THAT(next.sent, ElementsAre(ElementsAre(kApi)));
}

TEST_F(ServiceCatalogTest, TellsOfChangesOnlyThoseWhoWantThem) {
  const auto one = subscribe();
  catalog.want(one, {kApi});
  catalog.on_connected(sender);
  EXPECT_THAT(catalog.answers({kApi}), IsEmpty());
  catalog.on_services(news(kApi, "10.0.0.1"));
  catalog.on_services(news(kApi, "10.0.0.1"));
  catalog.on_services(news(kDb, "10.0.0.1"));
  EXPECT_THAT(heard, ElementsAre("api"));
  catalog.on_services(news(kApi, "10.0.0.2"));
  EXPECT_THAT(heard, ElementsAre("api", "api"));
  EXPECT_EQ(catalog.answers({kApi, kDb}).at(kApi)->at(0).address, "10.0.0.2");
}

TEST_F(ServiceCatalogTest, KeepsWhatItKnowsWithoutAConnection) {
  const auto one = subscribe();
  catalog.want(one, {kApi});
  catalog.on_connected(sender);
  catalog.on_services(news(kApi, "10.0.0.1"));
  catalog.on_disconnected();
  EXPECT_EQ(catalog.answers({kApi}).size(), 1u);
  catalog.want(one, {});
  EXPECT_THAT(catalog.answers({kApi}), IsEmpty());
}

}  // namespace
}  // namespace drover::client
