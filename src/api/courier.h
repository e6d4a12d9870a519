#pragma once

#include "api/context.h"
#include "api/courier_options.h"
#include "net/loop.h"
#include "net/task.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace drover::api {

// Fetches the definitions of confidential jobs (model/logistics.h) from their endpoints, posts their results to theirs,
// and ends the wait for results that nobody fetches. All that it knows is in the state: after a restart it begins the
// tries anew, and waits for what is left of the time.
//
// Owned by one loop. REQUIRES a frontend, and that the loop has ended when this is destroyed.
class Courier {
 public:
  Courier(Context& context, net::Loop& loop, CourierOptions options);

  // What is under way ends with the loop.
  void start();

 private:
  using Errand = std::pair<model::JobKey, uint64_t>;  // and the job's job_modify_index

  net::Task<void> follow();
  void look_at(const model::Job& job);
  net::Task<void> run(Errand errand);
  net::Task<void> carry(const Errand& errand);
  net::Task<void> fetch_definition(const Errand& errand);
  net::Task<void> post_result(const Errand& errand);
  net::Task<void> await_reader(const Errand& errand);

  // One try.
  net::Task<Status> deliver(state::Row<model::Job> job);
  net::Task<Status> post(const Errand& errand);

  // Null when it has become something else.
  state::Row<model::Job> job_of(const Errand& errand) const;
  net::Task<void> settle(const Errand& errand, std::string outcome);

  Context& context_;
  net::Loop& loop_;
  const CourierOptions options_;
  std::set<Errand> under_way_;
};

}  // namespace drover::api
