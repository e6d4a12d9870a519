#pragma once

namespace drover {

// Gives memory that was freed, but is kept for later, back to the system. Takes milliseconds for large heaps: for after
// work that needed much memory for a short time. Any thread.
void release_free_memory();

}  // namespace drover
