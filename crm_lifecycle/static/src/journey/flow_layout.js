/** Room above each node for its name, in the units of the drawing. */
export const LABEL = 24;
const BAR = 8;

/**
 * Places of the nodes and ribbons of a flow drawing: where customers came from on the left, where they went on the right.
 *
 * Thickness is proportional to the number of customers, and every node has room for its name above it, however small it is.
 *
 * @param {{from: number|false, to: number, count: number}[]} flows
 * @param {number[]} order ids of the stages, the first one first
 * @param {number} width
 * @param {number} height
 */
export function layoutFlow(flows, order, width, height) {
    const rank = (id) => order.indexOf(id);
    const total = flows.reduce((sum, flow) => sum + flow.count, 0);
    const sides = [
        ["from", [false, ...order]],
        ["to", order],
    ].map(([end, ids]) => ids.filter((id) => flows.some((flow) => flow[end] === id)));
    const scale = Math.max(height - LABEL * Math.max(sides[0].length, sides[1].length), 0) / (total || 1);
    const [left, right] = sides.map((ids, side) => {
        let y = 0;
        return ids.map((id) => {
            const end = side ? "to" : "from";
            const count = flows.reduce((sum, flow) => sum + (flow[end] === id ? flow.count : 0), 0);
            const node = { id, side, count, x: side ? width - BAR : 0, y: y + LABEL, width: BAR, height: count * scale };
            y = node.y + node.height;
            return node;
        });
    });
    const used = new Map([...left, ...right].map((node) => [node, 0]));
    const place = (node, thickness) => {
        const y = node.y + used.get(node);
        used.set(node, used.get(node) + thickness);
        return y;
    };
    const sorted = [...flows].sort((a, b) => rank(a.from) - rank(b.from) || rank(a.to) - rank(b.to));
    const ribbons = sorted.map((flow) => {
        const thickness = flow.count * scale;
        const y1 = place(
            left.find((node) => node.id === flow.from),
            thickness
        );
        return { ...flow, thickness, y1, back: flow.from !== false && rank(flow.to) < rank(flow.from) };
    });
    // The right ends are stacked after all left ones are known, in the order of where they come from.
    for (const ribbon of ribbons) {
        ribbon.y2 = place(
            right.find((node) => node.id === ribbon.to),
            ribbon.thickness
        );
        ribbon.path = path(BAR, width - BAR, ribbon);
    }
    return { nodes: [...left, ...right], ribbons };
}

function path(x1, x2, { y1, y2, thickness }) {
    const middle = (x1 + x2) / 2;
    return (
        `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2} ` +
        `L${x2},${y2 + thickness} C${middle},${y2 + thickness} ${middle},${y1 + thickness} ${x1},${y1 + thickness} Z`
    );
}
