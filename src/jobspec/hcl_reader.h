#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codec/value.h"
#include "hcl/budget.h"
#include "hcl/dynamic.h"
#include "jobspec/hcl_items.h"
#include "jobspec/schema.h"
#include "jobspec/source_map.h"

namespace drover::jobspec {

// Reads HCL bodies into the tree by their schema. What no schema can say about a block is in hcl_blocks.cc.
class HclReader {
 public:
  using Item = HclItem;

  HclReader(const HclContext& context, SourceMap& sources);

  // The block as an object of the tree, its labels included.
  codec::Value read_block(const Schema& schema, const BlockView& block);

  // For hcl_blocks.cc. read_key() puts what an item says where its key belongs.
  void read_key(const Key& key, const Item& item, codec::Value& out);
  std::optional<hcl::Value> evaluate(const Item& item);
  void error(const hcl::Range& range, std::string message);
  void warning(const hcl::Range& range, std::string message);

  // Makes everything read until the end of its life stand at `field` of the current path.
  class Entered {
   public:
    Entered(HclReader& reader, std::string_view field, const hcl::Range& range);
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    HclReader& reader_;
    const size_t length_;
  };

 private:
  using Seen = std::map<std::string, uint32_t, std::less<>>;  // name → line

  void for_each_item(const BlockView& block, const VisitItem& read);
  bool charge(uint64_t bytes, const hcl::Range& range);
  void read_item(const Schema& schema, const Item& item, codec::Value& out);
  void unknown_key(const Schema& schema, const Item& item);
  bool check_repeated(const Key* key, const Item& item, Seen& seen);
  void read_labels(const Schema& schema, const BlockView& block, codec::Value& out);
  void append_block(const Key& key, const Item& item, codec::Value& out);
  void insert_block(const Key& key, const Item& item, codec::Value& out);
  codec::Value read_one(const Key& key, const Item& item);
  codec::Value read_value(const Key& key, const Item& item);
  codec::Value read_map(const Key& key, const Item& item);
  codec::Value convert(const Key& key, const hcl::Value& value, const hcl::Range& range);
  void merge(const Item& item, codec::Value& out, codec::Value more);
  codec::Value read_opaque(const BlockView& block);
  codec::Value read_opaque_block(const BlockView& block);

  HclContext context_;
  SourceMap& sources_;
  hcl::DynamicExpander expander_;
  hcl::Budget budget_;  // of the tree, in which nothing is shared
  bool exhaustion_reported_ = false;
  std::string path_;
  std::set<std::string> map_entries_;  // the paths of all blocks of maps so far
};

// A block's own way of reading some of its keys: true if it took the item.
using SpecialKey = bool (*)(HclReader& reader, const Schema& schema, const HclReader::Item& item, codec::Value& out);
// What a block means beyond what it says, after all its keys are read. A null value takes the block away.
struct BlockEndContext {
  HclReader& reader;
  const hcl::Range& range;
};
using BlockEnd = void (*)(const BlockEndContext& at, codec::Value& out);

struct BlockRules {
  std::string_view schema;
  SpecialKey special = nullptr;
  BlockEnd end = nullptr;
};
const BlockRules& rules_of(const Schema& schema);

}  // namespace drover::jobspec
