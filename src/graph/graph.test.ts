import { describe, expect, it } from 'vitest';
import { planOf } from '../../test/simulation/project.ts';
import { flowGraph } from './flow-graph.ts';
import { mermaidOf } from './mermaid.ts';
import { svgOf } from './svg.ts';

const FLOW = planOf(`
flow: picture
on:
  event: newsletter_signup
  where: event.country in ["DE", "AT"] && !(event.coupon == "x")
exit_on: { event: order_placed, reason: bought }
steps:
  - send_email: welcome
    id: end
  - split: test
    arms:
      a: { percent: 40, steps: [{ wait: 3 days }] }
      b: { percent: 60 }
  - switch: event.interest
    cases:
      "garden, kitchen": [{ exit: 'say "no" <now>' }]
    default: [{ wait: { for: 1 day, weekdays: [mon], at: "09:00" } }]
  - wait_for: order_placed
    where: incoming.total > 10
    timeout: 1 week
    else:
      - repeat: 3
        steps: [{ send_email: nudge }, { wait: 1 hour }]
  - check: in_group("vips") || default(contact.Purchases, 0) + 1 > 2
    then: [{ add_to_group: customers, if: contact.mobile != null }]
`);

describe('pictures', () => {
  it('Mermaid: labels an author can read, every branch named', () => {
    expect(mermaidOf(flowGraph(FLOW))).toMatchInlineSnapshot(`
      "flowchart TD
        begin(["newsletter_signup where event.country in #91;'DE', 'AT'#93; #38;#38; !(…"])
        s1[["send email: end<br/>welcome"]]
        s2{"split<br/>test"}
        s3[/"wait<br/>3 days"/]
        s4{"switch<br/>event.interest"}
        s5(["exit<br/>say #34;no#34; #60;now#62;"])
        s6[/"wait<br/>1 day on mon at 09:00"/]
        s7[/"wait for<br/>order_placed where incoming.total #62; 10"/]
        s8{"repeat<br/>3 times"}
        s9[["send email<br/>nudge"]]
        s10[/"wait<br/>1 hour"/]
        s11{"check<br/>in_group('vips') #124;#124; default(contact.Purchases, 0) + 1 #62; 2"}
        s12["add to group<br/>customers<br/>if contact.mobile != null"]
        completed(["completed"])
        x1(["exit: bought<br/>on order_placed"])
        begin --> s1
        s1 --> s2
        s2 -->|"a 40 %"| s3
        s2 -->|"b 60 %"| s4
        s3 --> s4
        s4 -->|"garden, kitchen"| s5
        s4 -->|"otherwise"| s6
        s6 --> s7
        s7 -->|"order_placed"| s11
        s7 -->|"not within 1 week"| s8
        s8 -->|"round"| s9
        s8 -->|"done"| s11
        s9 --> s10
        s10 --> s8
        s11 -->|"yes"| s12
        s11 -->|"no"| completed
        s12 --> completed
        begin -.->|"at any time"| x1
      "
    `);
  });

  it('SVG: drawn by Graphviz, to be pasted', async () => {
    const svg = await svgOf(flowGraph(FLOW));
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    for (const text of ['garden, kitchen', 'say &quot;no&quot; &lt;now&gt;', 'a 40 %', 'at any time']) {
      expect(svg).toContain(text);
    }
  });

  it('a flow without steps is complete at once', () => {
    const graph = flowGraph(planOf('flow: empty\non: order_placed\nsteps: []'));
    expect(graph.edges).toEqual([{ from: 'begin', to: 'completed' }]);
  });
});
