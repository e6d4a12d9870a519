#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/value.h"
#include "hcl/ast.h"
#include "hcl/eval.h"
#include "jobspec/schema.h"
#include "jobspec/source_map.h"

namespace drover::jobspec {

// Reads HCL bodies into the tree by their schema. What no schema can say about a block is in hcl_blocks.cc.
class HclReader {
 public:
  // One argument or block of a body, or one member of an object that stands for a block.
  struct Item {
    std::string name;
    hcl::Range range;
    std::variant<const hcl::Expr*, const hcl::Block*, hcl::Value> content;

    const hcl::Block* block() const {
      const auto* held = std::get_if<const hcl::Block*>(&content);
      return held ? *held : nullptr;
    }
  };

  HclReader(hcl::Evaluator& evaluator, const hcl::Scope& scope, SourceMap& sources, Diagnostics& diagnostics)
      : evaluator_(evaluator), scope_(scope), sources_(sources), diagnostics_(diagnostics) {}

  // The block as an object of the tree, its labels included.
  codec::Value read_block(const Schema& schema, const hcl::Block& block);

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
  codec::Value read_items(const Schema& schema, const std::vector<Item>& items);
  void read_item(const Schema& schema, const Item& item, codec::Value& out);
  void unknown_key(const Schema& schema, const Item& item);
  bool check_repeated(const Key* key, const Item& item, std::map<std::string_view, const Item*>& seen);
  void read_labels(const Schema& schema, const hcl::Block& block, codec::Value& out);
  codec::Value read_object(const Schema& schema, const hcl::Value& value, const hcl::Range& range);
  codec::Value read_one(const Key& key, const Item& item);
  void append_blocks(const Key& key, const Item& item, codec::Value& out);
  void insert_block(const Key& key, const Item& item, codec::Value& out);
  codec::Value read_value(const Key& key, const Item& item);
  hcl::Value body_as_object(const hcl::Body& body);
  codec::Value read_opaque(const hcl::Body& body);
  codec::Value read_opaque_block(const hcl::Block& block);

  hcl::Evaluator& evaluator_;
  const hcl::Scope& scope_;
  SourceMap& sources_;
  Diagnostics& diagnostics_;
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
