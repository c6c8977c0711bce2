#include "kernels/pairs_image.h"

#include "kernels/image_cases.h"
#include "kernels/image_costs.h"

namespace detaudit::kernels {
namespace {

// Shapes to verify at: odd sizes with strides, and many contributions to each output.
const Conv2dShape kConv2d[] = {{.batch = 3,
                                .in_channels = 2,
                                .in_height = 11,
                                .in_width = 13,
                                .out_channels = 4,
                                .kernel_height = 5,
                                .kernel_width = 3,
                                .stride = 2,
                                .padding = 2},
                               {.batch = 32,
                                .in_channels = 4,
                                .in_height = 16,
                                .in_width = 16,
                                .out_channels = 8,
                                .kernel_height = 5,
                                .kernel_width = 5,
                                .padding = 2}};
const MaxPool2dShape kMaxPool2d[] = {
    {.planes = 3, .in_height = 9, .in_width = 11},
    {.planes = 64, .in_height = 28, .in_width = 28, .window = 5, .stride = 1, .padding = 2}};
const ResizeShape kResize[] = {
    {.planes = 3, .in_height = 9, .in_width = 7, .out_height = 5, .out_width = 13},
    {.planes = 16, .in_height = 16, .in_width = 16, .out_height = 64, .out_width = 64}};
const ChannelShape kChannels[] = {{.batch = 5, .channels = 3, .plane = 35},
                                  {.batch = 256, .channels = 16, .plane = 196}};

template <class Shape, size_t kShapes, class MakeCase>
auto verify_at(const Shape (&shapes)[kShapes], MakeCase make_case) {
  return [&shapes, make_case](unsigned repeats) {
    std::vector<PairCase> cases;
    for (const Shape& shape : shapes) cases.push_back(make_case(shape));
    return check_pair(cases, repeats);
  };
}

template <class MakeCase>
auto verify_batch_norm(MakeCase make_case) {
  return verify_at(kChannels, [make_case](const ChannelShape& tensor) {
    return make_case(BatchNormShape{.tensor = tensor});
  });
}

const Pair kPairs[] = {
    {.op = "conv2d_backward_data",
     .summary = "gradient of a 2-D convolution's input",
     .atomic_how = "blocks of output rows add overlapping windows into dx in arrival order",
     .deterministic_how = "each element of dx gathers what read it, as one FMA chain over (output "
                          "channel, kernel row, kernel column)",
     .source = "convolution with the turned weights, Dumoulin and Visin 2016",
     .header = "kernels/conv2d.h",
     .measure = conv2d_backward_data_cost,
     .verify = verify_at(kConv2d, conv2d_backward_data_case)},
    {.op = "conv2d_backward_weight",
     .summary = "gradient of a 2-D convolution's weights, summed over the batch",
     .atomic_how = "blocks of images add their products into dweights in arrival order",
     .deterministic_how = "image chunks depend on the batch size alone; a chunk is one k-ordered "
                          "FMA chain an element; chunks are folded in index order",
     .source = "direct convolution, Georganas et al. 2018; fixed split-K",
     .header = "kernels/conv2d.h",
     .measure = conv2d_backward_weight_cost,
     .verify = verify_at(kConv2d, conv2d_backward_weight_case)},
    {.op = "max_pool2d_backward",
     .summary = "gradient of max pooling with overlapping windows",
     .atomic_how = "blocks of outputs add into the elements that argmax names in arrival order",
     .deterministic_how = "one block owns the input rows it writes and adds the windows that name "
                          "an element in index order",
     .source = "input-centric gather, as PyTorch's max_pool_backward_nchw",
     .header = "kernels/pooling.h",
     .measure = max_pool2d_backward_cost,
     .verify = verify_at(kMaxPool2d, max_pool2d_backward_case)},
    {.op = "bilinear_resize_backward",
     .summary = "gradient of a bilinear resize (align_corners = false)",
     .atomic_how = "blocks of output rows add four shares of each dy into dx in arrival order",
     .deterministic_how = "each input element gathers the outputs that read it, rows in order and "
                          "then columns in order, as FMA chains",
     .source = "separable input-centric gather, pytorch/pytorch#164572",
     .header = "kernels/resize.h",
     .measure = bilinear_resize_backward_cost,
     .verify = verify_at(kResize, bilinear_resize_backward_case)},
    {.op = "channel_sum",
     .summary = "sum over images and pixels of each channel (a convolution's bias gradient)",
     .atomic_how = "chunks of images add their partial sums in arrival order",
     .deterministic_how = "chunks depend on the shape alone, lanes are as many on every machine, "
                          "partials are folded in index order",
     .source = "two-level column sum",
     .header = "kernels/channel_sum.h",
     .measure = channel_sum_cost,
     .verify = verify_at(kChannels, channel_sum_case)},
    {.op = "batch_norm_forward_train",
     .summary = "batch normalisation with the statistics of the batch",
     .atomic_how = "chunks of images add their partial moments in arrival order",
     .deterministic_how = "chunks depend on the shape alone, lanes are as many on every machine, "
                          "partial moments are folded in index order",
     .source = "shifted moments, Chan, Golub and LeVeque 1983",
     .header = "kernels/batch_norm.h",
     .measure = batch_norm_forward_train_cost,
     .verify = verify_batch_norm(batch_norm_forward_case)},
    {.op = "batch_norm_backward",
     .summary = "gradients of batch normalisation's input, scale and offset",
     .atomic_how = "chunks of images add their partial dgamma and dbeta in arrival order",
     .deterministic_how = "chunks depend on the shape alone, lanes are as many on every machine, "
                          "partials are folded in index order",
     .source = "Ioffe and Szegedy 2015, section 3; two-level column sum",
     .header = "kernels/batch_norm.h",
     .measure = batch_norm_backward_cost,
     .verify = verify_batch_norm(batch_norm_backward_case)}};

}  // namespace

std::span<const Pair> image_pairs() { return kPairs; }

}  // namespace detaudit::kernels
