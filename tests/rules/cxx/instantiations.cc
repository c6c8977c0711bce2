#include <algorithm>
#include <atomic>
#include <numeric>
#include <unordered_map>
#include <vector>

template <class T> void add(std::atomic<T>& sum, T value) {
  sum.fetch_add(value);  // expect: DET204
}
template void add<float>(std::atomic<float>&, float);
template void add<long>(std::atomic<long>&, long);

template <class T> void count(std::atomic<T>& hits) {
  hits.fetch_add(1);
}
template void count<int>(std::atomic<int>&);

template <class T> class Table {
 public:
  T total() const {
    T sum = 0;
    for (const auto& [key, value] : weights_) sum += value;  // expect: DET221
    return sum;
  }

 private:
  std::unordered_map<int, T> weights_;
};
template class Table<double>;

template <class T> class Counts {
 public:
  T total() const {
    T sum = 0;
    for (const auto& [key, value] : hits_) sum += value;
    return sum;
  }

 private:
  std::unordered_map<int, T> hits_;
};
template class Counts<int>;

// Only the library calls its operator.
struct Add {
  std::atomic<float>* sum;
  template <class T> void operator()(T value) const {
    sum->fetch_add(value);  // expect: DET204
  }
};
void add_all(const std::vector<float>& values, std::atomic<float>& sum) {
  std::for_each(values.begin(), values.end(), Add{&sum});
}
